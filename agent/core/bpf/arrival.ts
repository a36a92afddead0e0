import {
  assemble,
  drop,
  ifAtLeast,
  ifEqual,
  type Line,
  label,
  loadByte,
  loadHalf,
  loadInterface,
  loadPacketType,
  next,
  type Program,
} from "./program.ts"

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

/**
 * The same filter for frames of this interface alone. A packet socket also hears what came through its interface for one on top of it: frames
 * of eth0.10, without their tag, and those for the MAC of a macvlan reach the sockets of eth0 as well, and would be answered with the wrong MAC
 * on the wrong link. The frames of a bond's or team's members belong to the bond by the time a socket sees them, and those of a
 * bridge's ports to the bridge, so that neither loses any.
 * Three instructions more, 96 bytes in the kernel: beside the 8,320 of the longest filter that is nothing.
 */
export const onInterface = (index: number, program: Program): Program => [
  ...assemble([loadInterface, ifEqual(index, "on it", next), drop, label("on it")]),
  ...program,
]
