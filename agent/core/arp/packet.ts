import { ethernetHeaderLength, etherTypeArp, readEthernet, writeEthernet } from "../net/ethernet.ts"
import { broadcastMac, isZeroMac, type Mac, zeroMac } from "../net/mac.ts"

/**
 * ARP for IPv4 on Ethernet (RFC 826), behind the Ethernet header:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |   hardware type = 1           |   protocol type = 0x0800      |
 *   +---------------+---------------+-------------------------------+
 *   | hw length = 6 | pr length = 4 |   operation: 1 ask, 2 reply   |
 *   +---------------+---------------+-------------------------------+
 *   |                 sender hardware address (6)                   |
 *   +                               +-------------------------------+
 *   |                               |  sender protocol address (4)  |
 *   +-------------------------------+-------------------------------+
 *   |                               |                               |
 *   +-------------------------------+   target hardware address (6) +
 *   |                                                               |
 *   +---------------------------------------------------------------+
 *   |                 target protocol address (4)                   |
 *   +---------------------------------------------------------------+
 */
export type ArpPacket = {
  readonly operation: "request" | "reply"
  readonly senderMac: Mac
  /** IPv4 address as a number, 0..2^32-1; 0 in a probe (RFC 5227 section 1.1). */
  readonly senderIp: number
  readonly targetMac: Mac
  /** IPv4 address as a number, 0..2^32-1. */
  readonly targetIp: number
}

export type ArpFrame = { readonly destination: Mac; readonly source: Mac; readonly packet: ArpPacket }

export type ArpReading =
  | { readonly ok: true; readonly frame: ArpFrame }
  | { readonly ok: false; readonly fault: ArpFault }

export type ArpFault =
  | "shorter than an Ethernet header"
  | "not of EtherType ARP"
  | "shorter than an ARP packet"
  | "hardware type is not Ethernet"
  | "protocol type is not IPv4"
  | "address lengths are not 6 and 4"
  | "operation is neither request nor reply"
  | "sender is a group address"
  | "sender has no hardware address"

export const arpLength = 28

const operations = { request: 1, reply: 2 } as const

/** Reads a frame as it came from the wire; bytes behind the packet are padding and not looked at. */
export const readArp = (bytes: Uint8Array): ArpReading => {
  const header = readEthernet(bytes)
  if (header === undefined) return fault("shorter than an Ethernet header")
  if (header.etherType !== etherTypeArp) return fault("not of EtherType ARP")
  if (bytes.length < ethernetHeaderLength + arpLength) return fault("shorter than an ARP packet")
  const view = new DataView(bytes.buffer, bytes.byteOffset + ethernetHeaderLength, arpLength)
  if (view.getUint16(0) !== 1) return fault("hardware type is not Ethernet")
  if (view.getUint16(2) !== 0x0800) return fault("protocol type is not IPv4")
  if (view.getUint8(4) !== 6 || view.getUint8(5) !== 4) return fault("address lengths are not 6 and 4")
  const code = view.getUint16(6)
  if (code !== operations.request && code !== operations.reply) return fault("operation is neither request nor reply")
  const body = bytes.subarray(ethernetHeaderLength, ethernetHeaderLength + arpLength)
  // An answer would go to many stations (RFC 1812 section 3.3.2 on broadcast and multicast addresses in ARP).
  if ((view.getUint8(8) & 1) === 1) return fault("sender is a group address")
  if (isZeroMac(body.subarray(8, 14))) return fault("sender has no hardware address")
  return {
    ok: true,
    frame: {
      destination: header.destination,
      source: header.source,
      packet: {
        operation: code === operations.request ? "request" : "reply",
        senderMac: body.subarray(8, 14),
        senderIp: view.getUint32(14),
        targetMac: body.subarray(18, 24),
        targetIp: view.getUint32(24),
      },
    },
  }
}

/** A whole frame of 42 bytes. */
export const writeArp = ({ destination, source, packet }: ArpFrame): Uint8Array => {
  const bytes = writeEthernet({ destination, source, etherType: etherTypeArp }, arpLength)
  const view = new DataView(bytes.buffer, ethernetHeaderLength)
  view.setUint16(0, 1)
  view.setUint16(2, 0x0800)
  view.setUint8(4, 6)
  view.setUint8(5, 4)
  view.setUint16(6, operations[packet.operation])
  bytes.set(packet.senderMac, ethernetHeaderLength + 8)
  view.setUint32(14, packet.senderIp)
  bytes.set(packet.targetMac, ethernetHeaderLength + 18)
  view.setUint32(24, packet.targetIp)
  return bytes
}

/**
 * What answers a request: "targetIp is at mac", to the asker alone (RFC 826, packet reception). `at`: it is at another station; the frame
 * still comes from `mac`, so that no switch learns the other one's address at this port.
 */
export const replyTo = (request: ArpPacket, mac: Mac, at: Mac = mac): ArpFrame => ({
  destination: request.senderMac,
  source: mac,
  packet: {
    operation: "reply",
    senderMac: at,
    senderIp: request.targetIp,
    targetMac: request.senderMac,
    targetIp: request.senderIp,
  },
})

/**
 * The two forms of a gratuitous announcement, because some hosts learn only from requests and some only from replies
 * (RFC 5227 section 3). Sender and target are the address itself; the target hardware address is broadcast, as MetalLB
 * sends it.
 */
export const gratuitous = (ip: number, mac: Mac): readonly ArpFrame[] =>
  (["request", "reply"] as const).map(operation => ({
    destination: broadcastMac,
    source: mac,
    packet: { operation, senderMac: mac, senderIp: ip, targetMac: broadcastMac, targetIp: ip },
  }))

/**
 * Asks whether anybody has an address, as one who has none yet: without a sender address, so that nobody's table changes
 * (RFC 5227 section 2.1.1).
 */
export const arpProbe = (ip: number, mac: Mac): ArpFrame => ({
  destination: broadcastMac,
  source: mac,
  packet: { operation: "request", senderMac: mac, senderIp: 0, targetMac: zeroMac, targetIp: ip },
})

const fault = (text: ArpFault): ArpReading => ({ ok: false, fault: text })
