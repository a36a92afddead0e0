import { ifAtLeast, ifEqual, type Line, loadByte, loadHalf, loadPacketType, next } from "./program.ts"

/** PACKET_OTHERHOST and, behind it, PACKET_OUTGOING and PACKET_LOOPBACK (linux/if_packet.h). */
const notForThisHost = 3

/** Goes on with frames of this EtherType that reached this host from outside, and with all others at the label. */
export const arrived = (etherType: number, otherwise: string): readonly Line[] => [
  loadHalf(12),
  ifEqual(etherType, next, otherwise),
  loadPacketType,
  ifAtLeast(notForThisHost, otherwise, next),
]

/** The same for ICMPv6 with a hop limit of 255, which no router lets through (RFC 4861 section 6.1.1). */
export const arrivedFromLink = (otherwise: string): readonly Line[] => [
  ...arrived(0x86dd, otherwise),
  loadByte(20),
  ifEqual(58, next, otherwise),
  loadByte(21),
  ifEqual(255, next, otherwise),
]
