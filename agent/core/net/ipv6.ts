import type { Mac } from "./mac.ts"

/**
 * IPv6 header (RFC 8200 section 3):
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+---------------+---------------------------------------+
 *   |   6   | traffic class |              flow label               |
 *   +-------+---------------+-------+---------------+---------------+
 *   |        payload length         |  next header  |   hop limit   |
 *   +-------------------------------+---------------+---------------+
 *   |                     source address (16 bytes)                 |
 *   +---------------------------------------------------------------+
 *   |                   destination address (16 bytes)              |
 *   +---------------------------------------------------------------+
 */
export type Ipv6Header = {
  /** Bytes behind the header, 0..65535. */
  readonly payloadLength: number
  readonly nextHeader: number
  readonly hopLimit: number
  /** Addresses as numbers, 0..2^128-1. */
  readonly source: bigint
  readonly destination: bigint
}

export const ipv6HeaderLength = 40

/** RFC 4443 section 2.1. */
export const nextHeaderIcmpv6 = 58

export const unspecified = 0n
/** ff02::1, every host of the link (RFC 4291 section 2.7.1). */
export const allNodes = (0xff02n << 112n) | 1n
/** ff02::2, every router of the link. */
export const allRouters = (0xff02n << 112n) | 2n

/** The header at the start of `bytes`; undefined where it is cut short or of another version. */
export const readIpv6 = (bytes: Uint8Array): Ipv6Header | undefined => {
  if (bytes.length < ipv6HeaderLength) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, ipv6HeaderLength)
  if (view.getUint8(0) >>> 4 !== 6) return undefined
  return {
    payloadLength: view.getUint16(4),
    nextHeader: view.getUint8(6),
    hopLimit: view.getUint8(7),
    source: readIpv6Address(view, 8),
    destination: readIpv6Address(view, 24),
  }
}

/** Writes the header into `view` at 0; traffic class and flow label are 0. */
export const writeIpv6 = (view: DataView, header: Ipv6Header): void => {
  view.setUint32(0, 0x60000000)
  view.setUint16(4, header.payloadLength)
  view.setUint8(6, header.nextHeader)
  view.setUint8(7, header.hopLimit)
  writeIpv6Address(view, 8, header.source)
  writeIpv6Address(view, 24, header.destination)
}

/** 16 bytes in network order as a number. */
export const readIpv6Address = (view: DataView, at: number): bigint =>
  (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8)

export const writeIpv6Address = (view: DataView, at: number, value: bigint): void => {
  view.setBigUint64(at, value >> 64n)
  view.setBigUint64(at + 8, value & 0xffffffffffffffffn)
}

/** ff00::/8 (RFC 4291 section 2.7). */
export const isMulticast = (address: bigint): boolean => address >> 120n === 0xffn

/** fe80::/10 (RFC 4291 section 2.5.6). */
export const isLinkLocal = (address: bigint): boolean => address >> 118n === 0xfe80n >> 6n

/** ff02::1:ffXX:XXXX with the last 24 bits of the address (RFC 4291 section 2.7.1): who asks for it sends there. */
export const solicitedNodeGroup = (address: bigint): bigint => (0xff02n << 112n) | 0x1ff000000n | (address & 0xffffffn)

/** 33:33 and the last 32 bits of a multicast address (RFC 2464 section 7). */
export const multicastMac = (group: bigint): Mac => {
  const mac = Uint8Array.of(0x33, 0x33, 0, 0, 0, 0)
  new DataView(mac.buffer).setUint32(2, Number(group & 0xffffffffn))
  return mac
}
