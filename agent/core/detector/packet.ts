import type { SigningCrypto } from "../crypto.ts"
import { ByteReader, ByteWriter } from "../net/bytes.ts"
import { maxPacket } from "./limits.ts"
import type { LinkId, NodeName } from "./peer.ts"

/*
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+---------------+---------------+
 *  |  magic 0xC7   |   version 1   |     type      | name length   |
 *  +---------------+---------------+---------------+---------------+
 *  |            boot: start of the sender's process, milliseconds
 *  +-------------------------------+-------------------------------+
 *    since 1970 (48 bits)          |      sequence (48 bits) …
 *  +-------------------------------+-------------------------------+
 *    … sequence                                    |  name …       |
 *  +---------------+-------------------------------+---------------+
 *  |  link length  |  link: "192.168.1.0/24" …     |  body …       |
 *  +---------------+-------------------------------+---------------+
 *  |  tag: the first 16 bytes of HMAC-SHA-256 over all that precedes
 *  +---------------------------------------------------------------+
 *
 * One UDP datagram on port 7946, which belongs to memberlist. There a packet begins with a message type (0 to 13), with 244
 * (a label) or, encrypted, with the version of its encryption (0 or 1). 0xC7 is none of these, nor a byte that a msgpack
 * message of memberlist could begin with where a type is missing (0x80 to 0x8f, a map; 0xde, 0xdf). Go nodes never get one:
 * packets go to marked speakers alone. The native thread knows this layout too (heartbeat-packet.cc).
 */

/** The first byte of everything that the detector sends, on UDP and on its kept TCP connections. */
export const magic = 0xc7

const version = 1
const tagLength = 16

/** What the numbers on the wire mean; heartbeats are counted apart from messages (see replay.ts). */
export const packetTypes = {
  heartbeat: 1,
  suspect: 2,
  hears: 3,
  verdict: 4,
  bye: 5,
  claims: 16,
  ack: 17,
  query: 18,
} as const

export type PacketType = (typeof packetTypes)[keyof typeof packetTypes]

export type Header = {
  readonly from: NodeName
  /** When the sender's process started; a restarted speaker is a new one. */
  readonly boot: number
  readonly sequence: number
  /** The link that the packet is about. */
  readonly link: LinkId
  readonly type: PacketType
}

/** Why a packet was not taken; counted by name, so each name is one cause. */
export type PacketFault =
  | "not-ours"
  | "too-long"
  | "truncated"
  | "version"
  | "type"
  | "name"
  | "link"
  | "stranger"
  | "tag"
  | "replayed"
  | "old-boot"
  | "body"

export type Opened =
  | { readonly ok: true; readonly header: Header; readonly body: Uint8Array }
  | { readonly ok: false; readonly fault: PacketFault }

/** True for a datagram or a connection that is meant for the detector and not for the membership. */
export const isDetectorPacket = (bytes: Uint8Array): boolean => bytes[0] === magic

/**
 * The detector's key: HMAC-SHA-256 of a fixed text under the membership's secret, so that neither key tells the other
 * (RFC 5869 section 2.3 with one block). `secret` may have any length above 0.
 */
export const detectorKey = (secret: Uint8Array, crypto: SigningCrypto): Uint8Array =>
  crypto.hmacSha256(secret, encoder.encode("kubectl-metallb detector 1\x01"))

/** The signed datagram. Throws a RangeError where name, link and body together do not fit `maxPacket`. */
export const sealPacket = (header: Header, body: Uint8Array, key: Uint8Array, crypto: SigningCrypto): Uint8Array => {
  const writer = layOut(header, body)
  return writer.raw(crypto.hmacSha256(key, writer.finish()).subarray(0, tagLength)).finish()
}

/** The datagram with room for its tag. The native thread fills it in, and the sequence of each heartbeat. */
export const unsignedPacket = (header: Header, body: Uint8Array): Uint8Array =>
  layOut(header, body).raw(new Uint8Array(tagLength)).finish()

const layOut = ({ from, boot, sequence, link, type }: Header, body: Uint8Array): ByteWriter => {
  const name = encoder.encode(from)
  const writer = new ByteWriter(maxPacket).u8(magic).u8(version).u8(type).u8(name.length)
  return writer.u48(boot).u48(sequence).raw(name).text(link).raw(body)
}

/**
 * Reads a datagram. `keys` are the primary and, while keys are rotated, the old ones (at most 4 are tried). Names that
 * `known` does not have are refused before anything is computed, so that a stranger costs a few comparisons.
 */
export const openPacket = (
  bytes: Uint8Array,
  known: (name: NodeName) => boolean,
  keys: readonly Uint8Array[],
  crypto: SigningCrypto,
): Opened => {
  if (!isDetectorPacket(bytes)) return bad("not-ours")
  if (bytes.length > maxPacket) return bad("too-long")
  if (bytes.length < 16 + 1 + tagLength) return bad("truncated")
  const end = bytes.length - tagLength
  const reader = new ByteReader(bytes.subarray(0, end))
  reader.u8()
  if (reader.u8() !== version) return bad("version")
  const type = typeOf(reader.u8())
  const nameLength = reader.u8()
  const boot = reader.u48()
  const sequence = reader.u48()
  const from = text(reader.raw(nameLength))
  const link = reader.text()
  if (!reader.whole) return bad("truncated")
  if (type === undefined) return bad("type")
  if (from === "") return bad("name")
  if (link === "" || link.length > 49) return bad("link")
  if (!known(from)) return bad("stranger")
  const signed = bytes.subarray(0, end)
  const tag = bytes.subarray(end)
  if (!keys.slice(0, 4).some(key => same(crypto.hmacSha256(key, signed), tag))) return bad("tag")
  return { ok: true, header: { from, boot, sequence, link, type }, body: bytes.slice(reader.at, end) }
}

const bad = (fault: PacketFault): Opened => ({ ok: false, fault })

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const text = (bytes: Uint8Array): string => decoder.decode(bytes)

const types: ReadonlySet<number> = new Set(Object.values(packetTypes))
const typeOf = (value: number): PacketType | undefined => (types.has(value) ? (value as PacketType) : undefined)

/** Compares without telling by its time where the first difference is. */
const same = (whole: Uint8Array, tag: Uint8Array): boolean => {
  let difference = 0
  for (let at = 0; at < tagLength; at += 1) difference |= (whole[at] ?? 0) ^ (tag[at] ?? 0)
  return difference === 0
}
