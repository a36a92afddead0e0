import { notForThisHost } from "./arp-filter.ts"
import {
  accept,
  assemble,
  drop,
  ifAtLeast,
  ifEqual,
  label,
  loadByte,
  loadHalf,
  loadPacketType,
  next,
  type Program,
} from "./program.ts"

/** Room for the options of a router that announces many prefixes. */
const acceptedBytes = 2048

/**
 * Lets through router solicitations and router advertisements (RFC 4861 sections 4.1 and 4.2) that reached this host with a hop limit
 * of 255, which no router lets through. 17 instructions.
 */
export const routerFilter: Program = assemble([
  loadHalf(12),
  ifEqual(0x86dd, next, "drop"),
  loadPacketType,
  ifAtLeast(notForThisHost, "drop", next),
  loadByte(20),
  ifEqual(58, next, "drop"),
  loadByte(21),
  ifEqual(255, next, "drop"),
  loadByte(54),
  ifEqual(133, "accept", next),
  ifEqual(134, "accept", "drop"),
  label("accept"),
  accept(acceptedBytes),
  label("drop"),
  drop,
])
