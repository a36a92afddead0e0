import { addressOf } from "../../ip/bytes.ts"
import type { IpFamily } from "../../model.ts"
import { ByteReader } from "../../net/bytes.ts"
import { decodeAsPath } from "./as-path.ts"
import type { Aggregator, Attributes, ExtendedCommunity, LargeCommunity, Reach, Unreach } from "./attribute.ts"
import { ipFamilyOf } from "./family.ts"
import type { FaultName } from "./fault.ts"
import { decodePrefixes } from "./prefix.ts"
import type { WireOptions } from "./update.ts"

/**
 * What becomes of an UPDATE with a malformed attribute (RFC 7606 section 2), from the mildest on: the attribute is left out, the
 * routes count as withdrawn, the session ends.
 */
export type Approach = "discard" | "withdraw" | "reset"

export type AttributeFault = { readonly fault: FaultName; readonly approach: Approach }

/** What one attribute says, or what is wrong with it. */
export type AttributeReading = { readonly value: Attributes } | AttributeFault | "not-ours"

const withdraw = (fault: FaultName): AttributeFault => ({ fault, approach: "withdraw" })
const discard = (fault: FaultName): AttributeFault => ({ fault, approach: "discard" })
const reset: AttributeFault = { fault: "update-optional", approach: "reset" }

/** RFC 7606 section 7.1. */
export const readOrigin = (bytes: Uint8Array): AttributeReading => {
  if (bytes.length !== 1) return withdraw("update-length")
  const [origin] = bytes
  return origin === 0 || origin === 1 || origin === 2 ? { value: { origin } } : withdraw("update-origin")
}

/** RFC 7606 section 7.2. */
export const readAsPath = (bytes: Uint8Array, { fourOctet }: WireOptions): AttributeReading => {
  const asPath = decodeAsPath(bytes, fourOctet ? 4 : 2)
  return asPath === undefined ? withdraw("update-as-path") : { value: { asPath } }
}

/** RFC 7606 section 7.3; RFC 4271 section 6.3: a valid address of a host, which 0.0.0.0 and those from 224.0.0.0 on are not. */
export const readNextHop = (bytes: Uint8Array): AttributeReading => {
  if (bytes.length !== 4) return withdraw("update-length")
  const nextHop = addressOf(bytes, "IPv4")
  const isHost = nextHop.value !== 0n && nextHop.value < 0xe0000000n
  return isHost ? { value: { nextHop } } : withdraw("update-next-hop")
}

/** RFC 7606 section 7.4. */
export const readMed = (bytes: Uint8Array): AttributeReading => {
  const med = numberOf(bytes)
  return med === undefined ? withdraw("update-length") : { value: { med } }
}

/** RFC 7606 section 7.5: an external peer's is left out whatever it says (RFC 4271 section 5.1.5). */
export const readLocalPref = (bytes: Uint8Array, { internal }: WireOptions): AttributeReading => {
  if (!internal) return "not-ours"
  const localPref = numberOf(bytes)
  return localPref === undefined ? withdraw("update-length") : { value: { localPref } }
}

/** RFC 7606 section 7.6. */
export const readAtomicAggregate = (bytes: Uint8Array): AttributeReading =>
  bytes.length === 0 ? { value: { atomicAggregate: true } } : discard("update-length")

/** RFC 7606 section 7.7; RFC 7607 section 2 for AS number 0. */
export const readAggregator = (bytes: Uint8Array, { fourOctet }: WireOptions): AttributeReading => {
  const aggregator = aggregatorOf(bytes, fourOctet ? 4 : 2)
  return aggregator === undefined ? discard("update-length") : { value: { aggregator } }
}

export const aggregatorOf = (bytes: Uint8Array, width: 2 | 4): Aggregator | undefined => {
  if (bytes.length !== width + 4) return undefined
  const reader = new ByteReader(bytes)
  const asn = width === 4 ? reader.u32() : reader.u16()
  return asn === 0 ? undefined : { asn, address: addressOf(bytes.subarray(width), "IPv4") }
}

/** RFC 7606 section 7.8. */
export const readCommunities = (bytes: Uint8Array): AttributeReading => {
  const communities = numbersOf(bytes, 1)
  return communities === undefined ? withdraw("update-optional") : { value: { communities } }
}

/** RFC 7606 sections 7.9 and 7.10: from an external peer they are left out. */
export const readOriginatorId = (bytes: Uint8Array, { internal }: WireOptions): AttributeReading => {
  if (!internal) return "not-ours"
  const originatorId = numberOf(bytes)
  return originatorId === undefined ? withdraw("update-length") : { value: { originatorId } }
}

export const readClusterList = (bytes: Uint8Array, { internal }: WireOptions): AttributeReading => {
  if (!internal) return "not-ours"
  const clusterList = numbersOf(bytes, 1)
  return clusterList === undefined ? withdraw("update-optional") : { value: { clusterList } }
}

/** RFC 7606 section 7.14. */
export const readExtendedCommunities = (bytes: Uint8Array): AttributeReading => {
  const numbers = numbersOf(bytes, 2)
  if (numbers === undefined) return withdraw("update-optional")
  return { value: { extendedCommunities: grouped(numbers, 2) as unknown as readonly ExtendedCommunity[] } }
}

/** RFC 8092 section 5. */
export const readLargeCommunities = (bytes: Uint8Array): AttributeReading => {
  const numbers = numbersOf(bytes, 3)
  if (numbers === undefined) return withdraw("update-optional")
  return { value: { largeCommunities: grouped(numbers, 3) as unknown as readonly LargeCommunity[] } }
}

/**
 * RFC 4760 section 3, RFC 7606 sections 5.3 and 7.11: routes that cannot be read cannot be withdrawn either, so that the session ends.
 * Those of a family that was not agreed on are passed over.
 */
export const readReach = (bytes: Uint8Array, options: WireOptions): AttributeReading => {
  const reader = new ByteReader(bytes)
  const read = ipFamilyOf({ afi: reader.u16(), safi: reader.u8() })
  const hops = reader.raw(reader.u8())
  reader.u8()
  if (!reader.whole) return reset
  if (read === undefined || !options.families.includes(read)) return "not-ours"
  const next = nextHopsOf(hops, read, options)
  const prefixes = decodePrefixes(reader.raw(reader.left), read)
  if (next === undefined || prefixes === undefined) return reset
  const reach: Reach = { family: read, ...next, prefixes }
  return { value: { reach } }
}

/** 4 bytes for IPv4, 16 or 32 for IPv6 and, where that was agreed on, for IPv4 (RFC 2545 section 3, RFC 8950 section 3). */
const nextHopsOf = (
  bytes: Uint8Array,
  family: IpFamily,
  { extendedNextHop }: WireOptions,
): Pick<Reach, "nextHop" | "linkLocal"> | undefined => {
  if (family === "IPv4" && bytes.length === 4) return { nextHop: addressOf(bytes, "IPv4") }
  if (family === "IPv4" && !extendedNextHop.includes("IPv4")) return undefined
  if (bytes.length === 16) return { nextHop: addressOf(bytes, "IPv6") }
  if (bytes.length !== 32) return undefined
  return { nextHop: addressOf(bytes, "IPv6"), linkLocal: addressOf(bytes.subarray(16), "IPv6") }
}

/** RFC 4760 section 4, RFC 7606 sections 5.3 and 7.12. */
export const readUnreach = (bytes: Uint8Array, { families }: WireOptions): AttributeReading => {
  const reader = new ByteReader(bytes)
  const family = ipFamilyOf({ afi: reader.u16(), safi: reader.u8() })
  if (!reader.whole) return reset
  if (family === undefined || !families.includes(family)) return "not-ours"
  const prefixes = decodePrefixes(reader.raw(reader.left), family)
  if (prefixes === undefined) return reset
  const unreach: Unreach = { family, prefixes }
  return { value: { unreach } }
}

const numberOf = (bytes: Uint8Array): number | undefined =>
  bytes.length === 4 ? new ByteReader(bytes).u32() : undefined

/** Numbers of 32 bits; undefined where there are none, or not a multiple of `each`. */
const numbersOf = (bytes: Uint8Array, each: number): readonly number[] | undefined => {
  if (bytes.length === 0 || bytes.length % (4 * each) !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at))
}

const grouped = (numbers: readonly number[], each: number): readonly (readonly number[])[] =>
  Array.from({ length: numbers.length / each }, (_, at) => numbers.slice(each * at, each * at + each))
