import { bitsOf } from "../../ip/address.ts"
import type { Cidr } from "../../ip/cidr.ts"
import type { IpFamily } from "../../model.ts"
import type { AsPath } from "../wire/as-path.ts"
import { type Attributes, linkBandwidth } from "../wire/attribute.ts"
import { encodeUpdate } from "../wire/encode-update.ts"
import { messageLimit } from "../wire/message.ts"
import { shortAsn } from "../wire/open.ts"
import { encodedPrefixLength } from "../wire/prefix.ts"
import type { Update, WireOptions } from "../wire/update.ts"
import type { Hops } from "./hops.ts"
import { defaultLocalPref, type RouteAttributes } from "./route.ts"

/** What a session is for one family, as far as its UPDATEs depend on it. */
export type Outbound = {
  readonly family: IpFamily
  readonly asn: number
  /** Undefined: there is no next hop, so that no route can be announced, and what was is withdrawn. */
  readonly hops: Hops | undefined
  readonly wire: WireOptions
  /** RFC 8654 was agreed on: what does not fit 4096 bytes may have 65,535. */
  readonly extendedMessages: boolean
}

export const keyOf = (attributes: RouteAttributes, { wire }: Outbound): string =>
  wire.internal ? attributes.internalKey : attributes.externalKey

/** A message and the routes in it. */
export type Packed = { readonly message: Uint8Array; readonly prefixes: readonly Cidr[] }

/**
 * UPDATEs that announce these routes, all with the same attributes, as few as hold them. Undefined where the attributes leave no room for
 * a route, or there is no next hop: it must not be announced then (RFC 4271 section 9.2).
 */
export const announcing = (
  prefixes: readonly Cidr[],
  attributes: RouteAttributes,
  out: Outbound,
): Iterable<Packed> | undefined => {
  const { hops } = out
  if (hops === undefined) return undefined
  const path = pathAttributes(attributes, out)
  const longest = 1 + bitsOf(out.family) / 8
  const fixed = encodeUpdate(withRoutes(path, [], out.family, hops), out.wire).length + growth(out)
  const { standard, extended } = messageLimit
  const limit = fixed + longest <= standard ? standard : out.extendedMessages ? extended : 0
  if (fixed + longest > limit) return undefined
  return packed(prefixes, limit - fixed, part => withRoutes(path, part, out.family, hops), out.wire)
}

/** UPDATEs that withdraw these routes, as few as hold them. */
export const withdrawing = (prefixes: readonly Cidr[], out: Outbound): Iterable<Packed> => {
  const { family, wire } = out
  const update = (part: readonly Cidr[]): Update =>
    usesMultiprotocol(out)
      ? { withdrawn: [], attributes: { unreach: { family, prefixes: part } }, announced: [] }
      : { withdrawn: part, attributes: {}, announced: [] }
  const fixed = encodeUpdate(update([]), wire).length + growth(out)
  return packed(prefixes, messageLimit.standard - fixed, update, wire)
}

/** The attribute that holds the routes has one byte more of length once it grows beyond 255 bytes. */
const growth = (out: Outbound): number => (usesMultiprotocol(out) ? 1 : 0)

/** Withdrawn as it was announced. */
const usesMultiprotocol = ({ family, hops }: Outbound): boolean => hops?.multiprotocol ?? family === "IPv6"

function* packed(
  prefixes: readonly Cidr[],
  room: number,
  update: (part: readonly Cidr[]) => Update,
  wire: WireOptions,
): Generator<Packed> {
  let part: Cidr[] = []
  let left = room
  for (const prefix of prefixes) {
    const length = encodedPrefixLength(prefix)
    if (length > left) {
      yield { message: encodeUpdate(update(part), wire), prefixes: part }
      part = []
      left = room
    }
    part.push(prefix)
    left -= length
  }
  if (part.length > 0) yield { message: encodeUpdate(update(part), wire), prefixes: part }
}

/** RFC 4724 section 2. */
export const endOfRib = (family: IpFamily, wire: WireOptions): Uint8Array => {
  const attributes: Attributes = family === "IPv4" ? {} : { unreach: { family, prefixes: [] } }
  return encodeUpdate({ withdrawn: [], attributes, announced: [] }, wire)
}

const withRoutes = (attributes: Attributes, prefixes: readonly Cidr[], family: IpFamily, hops: Hops): Update => {
  const { nextHop, linkLocal, multiprotocol } = hops
  if (!multiprotocol) return { withdrawn: [], attributes: { ...attributes, nextHop }, announced: prefixes }
  const reach = { family, nextHop, ...(linkLocal === undefined ? {} : { linkLocal }), prefixes }
  return { withdrawn: [], attributes: { ...attributes, reach }, announced: [] }
}

/** RFC 4271 sections 5.1.1, 5.1.2 and 5.1.5: the routes are our own, so their origin is IGP and their path begins here. */
const pathAttributes = (attributes: RouteAttributes, { asn, wire }: Outbound): Attributes => {
  const { localPref = defaultLocalPref, communities, largeCommunities, med, prepend, linkBandwidth: bytes } = attributes
  const asPath: AsPath = wire.internal
    ? []
    : [{ kind: "sequence", asns: Array.from({ length: 1 + prepend }, () => asn) }]
  return {
    origin: 0,
    asPath,
    ...(wire.internal ? { localPref } : {}),
    ...(med === undefined ? {} : { med }),
    ...(communities.length === 0 ? {} : { communities }),
    ...(largeCommunities.length === 0 ? {} : { largeCommunities }),
    ...(bytes === undefined ? {} : { extendedCommunities: [linkBandwidth(shortAsn(asn), bytes, !wire.internal)] }),
  }
}
