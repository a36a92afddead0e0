import type { Address } from "../ip/address.ts"
import { arrived } from "./arrival.ts"
import {
  accept,
  assemble,
  drop,
  goTo,
  ifAtLeast,
  ifEqual,
  type Line,
  label,
  loadHalf,
  loadWord,
  next,
  type Program,
} from "./program.ts"
import { inAny, joinClosest, type Range, rangesOf } from "./ranges.ts"

/**
 * What a program may cost. A range of addresses takes 2 instructions for the sender and 2 for the target, the rest of the filter 14, so the
 * longest is 4 x 120 + 14 = 494, below the 2,000 that the addon takes, and every jump stays within its 8 bits.
 * The kernel charges the translated program to the socket: a comparison with 128.0.0.0 or above becomes two instructions
 * and a load up to ten, 8 bytes each: (2 x 4 x 120 + 5 x 10 + 30) x 8 = 8,320 bytes. While one filter replaces another both are
 * charged, 16,640 bytes, and the smallest net.core.optmem_max in use allows 20,480.
 */
export const rangesMax = 120

/** An Ethernet header and an ARP packet for IPv4 take 42 bytes; the padding up to 60 is of no interest, room is. */
const acceptedBytes = 256

/**
 * Lets through ARP requests and replies (RFC 826) that reached this host from outside; with `targets`, only those that ask for one of
 * them, or that come from one: whoever has such an address is in conflict with us, whatever it asks for (RFC 5227 section 2.4).
 * IPv6 addresses among the targets are ignored, and no target at all lets nothing through. With more than 120 separate
 * ranges of targets the closest ones are joined: the filter then lets through some foreign requests as well, never fewer than it
 * should, so whoever reads the frames still compares the address.
 */
export const arpFilter = (targets: readonly Address[] | "any"): Program => {
  const matches: readonly Line[] =
    targets === "any" ? [ifAtLeast(0, "accept", "drop")] : senderOrTarget(ranges(targets))
  return assemble([
    ...arrived(0x0806, "ignore"),
    // Operation: 1 is a request, 2 a reply.
    loadHalf(20),
    ifEqual(1, "operation", next),
    ifEqual(2, "operation", "ignore"),
    label("ignore"),
    drop,
    label("operation"),
    ...matches,
    label("drop"),
    drop,
    label("accept"),
    accept(acceptedBytes),
  ])
}

const senderOrTarget = (ranges: readonly Range[]): readonly Line[] => [
  loadWord(28),
  ...inAny(ranges, "sender", "target"),
  goTo("target"),
  label("sender"),
  accept(acceptedBytes),
  label("target"),
  loadWord(38),
  ...inAny(ranges, "accept", "drop"),
]

const ranges = (targets: readonly Address[]): readonly Range[] => {
  const values = targets.filter(target => target.family === "IPv4").map(target => Number(target.value))
  return joinClosest([rangesOf(values)], rangesMax)[0] ?? []
}
