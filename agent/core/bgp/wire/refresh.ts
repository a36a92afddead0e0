import { ByteReader, ByteWriter } from "../../net/bytes.ts"
import type { Family } from "./family.ts"
import { bad, good, type Read } from "./fault.ts"
import { encodeMessage } from "./message.ts"

/**
 * ROUTE-REFRESH (RFC 2918 section 3; the subtypes are of RFC 7313 section 3.2), behind the header:
 *
 *   +-------------------------------+---------------+---------------+
 *   |            AFI (2)            |    subtype    |     SAFI      |
 *   +-------------------------------+---------------+---------------+
 */
export type RouteRefresh = { readonly subtype: RefreshSubtype; readonly family: Family }

/** Send your routes again; a refresh begins; it has ended. */
export type RefreshSubtype = "request" | "begin" | "end"

const subtypes = { request: 0, begin: 1, end: 2 } as const

export const encodeRouteRefresh = ({ subtype, family }: RouteRefresh): Uint8Array =>
  encodeMessage("route-refresh", new ByteWriter(4).u16(family.afi).u8(subtypes[subtype]).u8(family.safi).finish())

/**
 * The body of a ROUTE-REFRESH, 4 bytes or more. Undefined for what is to be ignored: subtypes that are not known (RFC 7313 section 5), and
 * requests with filters (RFC 5291), which nobody offered. The fault carries the whole message, as section 5 wants it.
 */
export const decodeRouteRefresh = (body: Uint8Array): Read<RouteRefresh | undefined> => {
  const reader = new ByteReader(body)
  const afi = reader.u16()
  const code = reader.u8()
  const family = { afi, safi: reader.u8() }
  const isMarker = code === subtypes.begin || code === subtypes.end
  if (body.length !== 4) return isMarker ? bad("refresh-length", encodeMessage("route-refresh", body)) : good(undefined)
  if (code === subtypes.request) return good({ subtype: "request", family })
  return good(isMarker ? { subtype: code === subtypes.begin ? "begin" : "end", family } : undefined)
}
