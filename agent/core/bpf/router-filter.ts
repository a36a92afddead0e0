import { arrivedFromLink } from "./arrival.ts"
import { accept, assemble, drop, ifEqual, label, loadByte, next, type Program } from "./program.ts"

/** Room for the options of a router that announces many prefixes. */
const acceptedBytes = 2048

/**
 * Lets through router solicitations and router advertisements (RFC 4861 sections 4.1 and 4.2) that reached this host with a hop limit
 * of 255, which no router lets through. 17 instructions.
 */
export const routerFilter: Program = assemble([
  ...arrivedFromLink("drop"),
  loadByte(54),
  ifEqual(133, "accept", next),
  ifEqual(134, "accept", "drop"),
  label("accept"),
  accept(acceptedBytes),
  label("drop"),
  drop,
])
