import type { Cidr } from "../../ip/cidr.ts"
import { ByteReader } from "../../net/bytes.ts"
import { type FaultName, faultOf } from "./fault.ts"
import { PathReader, type UpdateReading } from "./path-reader.ts"
import { decodePrefixes } from "./prefix.ts"
import type { WireOptions } from "./update.ts"

/**
 * The body of an UPDATE, 4 bytes or more, read with the tolerance of RFC 7606: a session ends only where it cannot be told which
 * routes are meant. Never throws.
 */
export const decodeUpdate = (body: Uint8Array, options: WireOptions): UpdateReading => {
  const reader = new ByteReader(body)
  const gone = reader.raw(reader.u16())
  const path = reader.raw(reader.u16())
  if (!reader.whole) return unread("update-attribute-list", [])
  const withdrawn = decodePrefixes(gone, "IPv4")
  const announced = decodePrefixes(reader.raw(reader.left), "IPv4")
  if (withdrawn === undefined || announced === undefined)
    return unread("update-network", [...(withdrawn ?? []), ...(announced ?? [])])
  const read = new PathReader(options)
  read.all(path)
  read.finish(announced)
  return read.conclude(withdrawn, announced)
}

const unread = (name: FaultName, routes: readonly Cidr[]): UpdateReading => ({
  outcome: "reset",
  fault: faultOf(name),
  routes,
  complaints: [],
})
