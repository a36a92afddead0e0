import { addressBytes } from "../../ip/bytes.ts"
import { ByteWriter } from "../../net/bytes.ts"
import { encodeAsPath, needsFourOctets } from "./as-path.ts"
import {
  type Aggregator,
  type Attributes,
  attributeTypes,
  flags,
  type RawAttribute,
  type Reach,
  type Unreach,
} from "./attribute.ts"
import { afiOf, familyOf } from "./family.ts"
import { encodeMessage } from "./message.ts"
import { shortAsn } from "./open.ts"
import { encodePrefixes } from "./prefix.ts"
import type { Update, WireOptions } from "./update.ts"

/** A whole UPDATE message. The caller keeps it within the peer's limit. */
export const encodeUpdate = ({ withdrawn, attributes, announced }: Update, options: WireOptions): Uint8Array => {
  const gone = encodePrefixes(withdrawn)
  const path = encodeAttributes(attributes, options)
  const here = encodePrefixes(announced)
  const writer = new ByteWriter(4 + gone.length + path.length + here.length)
  writer.u16(gone.length).raw(gone).u16(path.length).raw(path).raw(here)
  return encodeMessage("update", writer.finish())
}

/** In ascending order of type (RFC 4271 section 5), after the routes of MP_REACH or MP_UNREACH (RFC 7606 section 5.1). */
export const encodeAttributes = (attributes: Attributes, options: WireOptions): Uint8Array => {
  const raw = rawAttributes(attributes, options).sort((a, b) => rankOf(a) - rankOf(b))
  const writer = new ByteWriter(raw.reduce((sum, { value }) => sum + 4 + value.length, 0))
  for (const { flags: bits, type, value } of raw) {
    const long = value.length > 255
    writer.u8(bits | (long ? flags.extendedLength : 0)).u8(type)
    if (long) writer.u16(value.length)
    else writer.u8(value.length)
    writer.raw(value)
  }
  return writer.finish()
}

const rankOf = ({ type }: RawAttribute): number =>
  type === attributeTypes.reach.type || type === attributeTypes.unreach.type ? type - 256 : type

const rawAttributes = (attributes: Attributes, { fourOctet }: WireOptions): RawAttribute[] => {
  const { origin, asPath, nextHop, med, localPref, atomicAggregate, aggregator, reach, unreach } = attributes
  const { communities, originatorId, clusterList, extendedCommunities, largeCommunities, others = [] } = attributes
  const raw: RawAttribute[] = [...others]
  const put = (known: { readonly type: number; readonly flags: number }, value: Uint8Array) =>
    raw.push({ ...known, value })
  if (origin !== undefined) put(attributeTypes.origin, Uint8Array.of(origin))
  if (asPath !== undefined) {
    put(attributeTypes.asPath, encodeAsPath(asPath, fourOctet ? 4 : 2))
    if (!fourOctet && needsFourOctets(asPath)) put(attributeTypes.as4Path, encodeAsPath(asPath, 4))
  }
  if (nextHop !== undefined) put(attributeTypes.nextHop, addressBytes(nextHop))
  if (med !== undefined) put(attributeTypes.med, words([med]))
  if (localPref !== undefined) put(attributeTypes.localPref, words([localPref]))
  if (atomicAggregate === true) put(attributeTypes.atomicAggregate, new Uint8Array(0))
  if (aggregator !== undefined) {
    put(attributeTypes.aggregator, aggregatorBytes(aggregator, fourOctet ? 4 : 2))
    if (!fourOctet && aggregator.asn > 0xffff) put(attributeTypes.as4Aggregator, aggregatorBytes(aggregator, 4))
  }
  if (communities !== undefined) put(attributeTypes.communities, words(communities))
  if (originatorId !== undefined) put(attributeTypes.originatorId, words([originatorId]))
  if (clusterList !== undefined) put(attributeTypes.clusterList, words(clusterList))
  if (reach !== undefined) put(attributeTypes.reach, reachBytes(reach))
  if (unreach !== undefined) put(attributeTypes.unreach, unreachBytes(unreach))
  if (extendedCommunities !== undefined) put(attributeTypes.extendedCommunities, words(extendedCommunities.flat()))
  if (largeCommunities !== undefined) put(attributeTypes.largeCommunities, words(largeCommunities.flat()))
  return raw
}

const words = (numbers: readonly number[]): Uint8Array => {
  const writer = new ByteWriter(4 * numbers.length)
  for (const number of numbers) writer.u32(number)
  return writer.finish()
}

const aggregatorBytes = ({ asn, address }: Aggregator, width: 2 | 4): Uint8Array => {
  const writer = new ByteWriter(8)
  if (width === 4) writer.u32(asn)
  else writer.u16(shortAsn(asn))
  return writer.raw(addressBytes(address)).finish()
}

/** AFI (2), SAFI (1), length of the next hop (1), next hop, reserved (1), prefixes. */
const reachBytes = ({ family, nextHop, linkLocal, prefixes }: Reach): Uint8Array => {
  const hops = [addressBytes(nextHop), ...(linkLocal === undefined ? [] : [addressBytes(linkLocal)])]
  const routes = encodePrefixes(prefixes)
  const writer = new ByteWriter(5 + 32 + routes.length)
  writer
    .u16(afiOf(family))
    .u8(familyOf(family).safi)
    .u8(hops.reduce((sum, hop) => sum + hop.length, 0))
  for (const hop of hops) writer.raw(hop)
  return writer.u8(0).raw(routes).finish()
}

/** AFI (2), SAFI (1), prefixes. */
const unreachBytes = ({ family, prefixes }: Unreach): Uint8Array => {
  const routes = encodePrefixes(prefixes)
  return new ByteWriter(3 + routes.length).u16(afiOf(family)).u8(familyOf(family).safi).raw(routes).finish()
}
