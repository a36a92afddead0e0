import type { Mac } from "./mac.ts"

/**
 * Ethernet II header (IEEE 802.3 clause 3.2.6). The kernel keeps a VLAN tag beside the frame: a socket of eth0 would see frames of eth0.10
 * like its own, which `onInterface` in core/bpf/arrival.ts keeps out, and those of a VLAN that no interface is there for as other hosts':
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |                    destination (6 bytes)                      |
 *   +                               +-------------------------------+
 *   |                               |       source (6 bytes)        |
 *   +-------------------------------+                               +
 *   |                                                               |
 *   +-------------------------------+-------------------------------+
 *   |           EtherType           |            payload ...        |
 *   +-------------------------------+-------------------------------+
 */
export type EthernetHeader = {
  readonly destination: Mac
  readonly source: Mac
  /** 0x0600..0xffff. */
  readonly etherType: number
}

export const ethernetHeaderLength = 14

export const etherTypeArp = 0x0806
export const etherTypeIpv6 = 0x86dd

/** The header of a frame; undefined where the frame is shorter than one. The addresses are views into the frame. */
export const readEthernet = (frame: Uint8Array): EthernetHeader | undefined => {
  if (frame.length < ethernetHeaderLength) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  return { destination: frame.subarray(0, 6), source: frame.subarray(6, 12), etherType: view.getUint16(12) }
}

/** A frame with this header and `payload` bytes of room behind it. Padding to 60 bytes is the driver's. */
export const writeEthernet = (header: EthernetHeader, payload: number): Uint8Array => {
  const frame = new Uint8Array(ethernetHeaderLength + payload)
  frame.set(header.destination, 0)
  frame.set(header.source, 6)
  new DataView(frame.buffer).setUint16(12, header.etherType)
  return frame
}
