import { maxPacket } from "../detector/limits.ts"
import { type PacketType, packetTypes } from "../detector/packet.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import { ByteReader, ByteWriter } from "../net/bytes.ts"
import { formatMac, parseMac } from "../net/mac.ts"
import type { Claim } from "./claim.ts"

/**
 * What speakers tell each other about VIPs, point to point. The claims of a node on a link are kept in pages, and a change is
 * one page sent again: a claim that comes or goes costs one datagram for each peer, however many VIPs there are.
 */
export type OwnershipMessage = Claims | Ack | Query

export type Claims = {
  readonly type: "claims"
  readonly page: number
  /** How many pages the sender has on this link now. */
  readonly pages: number
  /** Rises with every change of the page. */
  readonly version: number
  /** The sender's MAC on the link, so that its answers on the wire are known for its own. */
  readonly mac: string
  /** At most `pageSize`, ascending. Everything of this page: what is missing is claimed no more. */
  readonly claims: readonly Claim[]
}

/** "I have that page": until it comes, the page is sent again and again. */
export type Ack = { readonly type: "ack"; readonly page: number; readonly version: number }

/** "Tell me all that you claim on this link." */
export type Query = { readonly type: "query" }

/** 32 claims of 26 bytes (IPv6) and the headers stay below the longest packet. */
export const pageSize = 32
/** BOUNDED: 512 pages are 16,384 VIPs on one link. */
export const maxPages = 512

/*
 *  claims: page (2), pages (2), version (4), MAC (6), count (1), then for each claim:
 *          flags (1: bit 0 weak, bit 1 restarts, bit 2 stand-in), precedence (8), address (1 + 4 or 16)
 *  ack:    page (2), version (4)
 *  query:  nothing
 */

export const encodeOwnership = (
  message: OwnershipMessage,
): { readonly type: PacketType; readonly body: Uint8Array } => {
  const writer = new ByteWriter(maxPacket)
  if (message.type === "claims") writeClaims(writer, message)
  if (message.type === "ack") writer.u16(message.page).u32(message.version)
  return { type: packetTypes[message.type], body: writer.finish() }
}

const writeClaims = (writer: ByteWriter, { page, pages, version, mac, claims }: Claims): void => {
  writer
    .u16(page)
    .u16(pages)
    .u32(version)
    .raw(parseMac(mac) ?? new Uint8Array(6))
    .raw(encodedList(claims))
}

const encoded = new WeakMap<readonly Claim[], Uint8Array>()

/** The count and the claims. One list goes to every peer, and is written once. */
const encodedList = (claims: readonly Claim[]): Uint8Array => {
  const known = encoded.get(claims)
  if (known !== undefined) return known
  const entries = claims.flatMap(claim => {
    const address = parseAddress(claim.vip)
    return address === undefined ? [] : [{ claim, address }]
  })
  const writer = new ByteWriter(maxPacket).u8(entries.length)
  for (const { claim, address } of entries) {
    const half = (from: number) => Number.parseInt(claim.precedence.slice(from, from + 8), 16)
    writer
      .u8((claim.weak ? 1 : 0) | (claim.restarts === true ? 2 : 0) | (claim.standIn === true ? 4 : 0))
      .u32(half(0))
      .u32(half(8))
      .address(address)
  }
  const bytes = writer.finish()
  encoded.set(claims, bytes)
  return bytes
}

/** Undefined where the body is not exactly what its type asks for. */
export const decodeOwnership = (type: PacketType, body: Uint8Array): OwnershipMessage | undefined => {
  const reader = new ByteReader(body)
  const message = read(type, reader)
  return reader.whole && reader.left === 0 ? message : undefined
}

const read = (type: PacketType, reader: ByteReader): OwnershipMessage | undefined => {
  if (type === packetTypes.query) return { type: "query" }
  if (type === packetTypes.ack) return { type: "ack", page: reader.u16(), version: reader.u32() }
  if (type !== packetTypes.claims) return undefined
  const page = reader.u16()
  const pages = reader.u16()
  const version = reader.u32()
  const mac = formatMac(reader.raw(6))
  const count = reader.u8()
  if (count > pageSize || pages < 1 || pages > maxPages || page >= pages) return undefined
  const claims: Claim[] = []
  for (let at = 0; at < count; at += 1) {
    const flags = reader.u8()
    const precedence = hex(reader.u32()) + hex(reader.u32())
    const address = reader.address()
    if (address === undefined || flags > 7) return undefined
    claims.push({
      vip: formatAddress(address),
      precedence,
      weak: (flags & 1) !== 0,
      ...((flags & 2) !== 0 && { restarts: true }),
      ...((flags & 4) !== 0 && { standIn: true }),
    })
  }
  return { type: "claims", page, pages, version, mac, claims }
}

const hex = (value: number): string => value.toString(16).padStart(8, "0")
