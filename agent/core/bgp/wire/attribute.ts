import type { Address } from "../../ip/address.ts"
import type { Cidr } from "../../ip/cidr.ts"
import type { IpFamily } from "../../model.ts"
import type { AsPath } from "./as-path.ts"

/**
 * What an UPDATE says of its routes. An absent field is an absent attribute. The pair for old speakers, AS4_PATH and
 * AS4_AGGREGATOR (RFC 6793), is not here: reading and writing fold it into AS_PATH and AGGREGATOR.
 */
export type Attributes = {
  /** RFC 4271 section 5.1.1: 0 IGP, 1 EGP, 2 INCOMPLETE. */
  readonly origin?: Origin
  readonly asPath?: AsPath
  /** IPv4; the next hop of other families is part of `reach`. */
  readonly nextHop?: Address
  /** MULTI_EXIT_DISC, 0..2^32-1, as with the next. */
  readonly med?: number
  readonly localPref?: number
  readonly atomicAggregate?: true
  readonly aggregator?: Aggregator
  /** RFC 1997: numbers of 32 bits. */
  readonly communities?: readonly number[]
  /** RFC 4456, of internal peers only. */
  readonly originatorId?: number
  readonly clusterList?: readonly number[]
  readonly reach?: Reach
  readonly unreach?: Unreach
  readonly extendedCommunities?: readonly ExtendedCommunity[]
  readonly largeCommunities?: readonly LargeCommunity[]
  /** Optional attributes that are not known here, in ascending order of type however they came. */
  readonly others?: readonly RawAttribute[]
}

export type Origin = 0 | 1 | 2

export type Aggregator = { readonly asn: number; readonly address: Address }

/** RFC 4360: 8 bytes as two numbers of 32 bits. The first begins with type and subtype. */
export type ExtendedCommunity = readonly [number, number]

/** RFC 8092: three numbers of 32 bits. */
export type LargeCommunity = readonly [number, number, number]

/** MP_REACH_NLRI (RFC 4760 section 3). */
export type Reach = {
  readonly family: IpFamily
  /** Of the other family only where RFC 8950 was agreed on for it. */
  readonly nextHop: Address
  /** The second, link-local next hop of RFC 2545 section 3. */
  readonly linkLocal?: Address
  readonly prefixes: readonly Cidr[]
}

/** MP_UNREACH_NLRI (RFC 4760 section 4); without prefixes and alone, the End-of-RIB of its family (RFC 4724 section 2). */
export type Unreach = { readonly family: IpFamily; readonly prefixes: readonly Cidr[] }

/** `flags`: optional, transitive and partial. */
export type RawAttribute = { readonly flags: number; readonly type: number; readonly value: Uint8Array }

export const flags = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const

const wellKnown = flags.transitive
const optional = flags.optional
const optionalTransitive = flags.optional | flags.transitive

/** Type and flags of every attribute known here: RFC 4271 section 5, RFC 4456, RFC 4760, RFC 4360, RFC 6793, RFC 8092. */
export const attributeTypes = {
  origin: { type: 1, flags: wellKnown },
  asPath: { type: 2, flags: wellKnown },
  nextHop: { type: 3, flags: wellKnown },
  med: { type: 4, flags: optional },
  localPref: { type: 5, flags: wellKnown },
  atomicAggregate: { type: 6, flags: wellKnown },
  aggregator: { type: 7, flags: optionalTransitive },
  communities: { type: 8, flags: optionalTransitive },
  originatorId: { type: 9, flags: optional },
  clusterList: { type: 10, flags: optional },
  reach: { type: 14, flags: optional },
  unreach: { type: 15, flags: optional },
  extendedCommunities: { type: 16, flags: optionalTransitive },
  as4Path: { type: 17, flags: optionalTransitive },
  as4Aggregator: { type: 18, flags: optionalTransitive },
  largeCommunities: { type: 32, flags: optionalTransitive },
} as const

export type AttributeName = keyof typeof attributeTypes

export const attributeNames: ReadonlyMap<number, AttributeName> = new Map(
  Object.entries(attributeTypes).map(([name, { type }]) => [type, name as AttributeName]),
)

/** GRACEFUL_SHUTDOWN (RFC 8326 section 5): routes with it are about to go. */
export const gracefulShutdown = 0xffff0000

/**
 * The link bandwidth community: type 0x00 or 0x40 (transitive or not), subtype 4, an AS number of two bytes, bytes a second as a float of
 * 32 bits (IEEE 754).
 */
export const linkBandwidth = (asn: number, bytesPerSecond: number, transitive: boolean): ExtendedCommunity => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, bytesPerSecond)
  return [(transitive ? 0x00040000 : 0x40040000) + asn, view.getUint32(0)]
}
