import type { IpFamily } from "../model.ts"
import { onesSum } from "../net/checksum.ts"

/** An echo request or what answers it (RFC 792, RFC 4443 section 4). */
export type Echo = { readonly id: number; readonly sequence: number }

const headerLength = 8
const types = { IPv4: { request: 8, reply: 0 }, IPv6: { request: 128, reply: 129 } } as const

/** The message without an IP header; with ICMPv6 the kernel fills in the checksum, which covers the addresses. */
export const echoRequest = (family: IpFamily, { id, sequence }: Echo): Uint8Array => {
  const bytes = new Uint8Array(headerLength)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, types[family].request)
  view.setUint16(4, id)
  view.setUint16(6, sequence)
  if (family === "IPv4") view.setUint16(2, ~onesSum(bytes) & 0xffff)
  return bytes
}

/** What a raw socket received: with IPv4 from the IP header on. undefined for all but an echo reply. */
export const readEchoReply = (family: IpFamily, bytes: Uint8Array): Echo | undefined => {
  const start = family === "IPv4" ? ipv4HeaderOf(bytes) : 0
  if (start === undefined || bytes.length < start + headerLength) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, headerLength)
  if (view.getUint8(0) !== types[family].reply || view.getUint8(1) !== 0) return undefined
  return { id: view.getUint16(4), sequence: view.getUint16(6) }
}

/** Its length, 20 to 60. */
const ipv4HeaderOf = (bytes: Uint8Array): number | undefined => {
  const first = bytes[0] ?? 0
  const length = (first & 0x0f) * 4
  return first >> 4 === 4 && length >= 20 ? length : undefined
}
