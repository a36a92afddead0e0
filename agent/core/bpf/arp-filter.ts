import type { Address } from "../ip/address.ts"
import {
  accept,
  assemble,
  drop,
  ifAbove,
  ifAtLeast,
  ifEqual,
  type Line,
  label,
  loadHalf,
  loadPacketType,
  loadWord,
  next,
  type Program,
} from "./program.ts"

/**
 * What a program may cost. A range of addresses takes 2 instructions, the rest of the filter 10, so the longest is
 * 2 x 120 + 10 = 250: every jump stays within its 8 bits, far below the 2,000 that the addon takes.
 * The kernel charges the translated program to the socket: a comparison with 128.0.0.0 or above becomes two instructions
 * and a load up to ten, 8 bytes each: (2 x 2 x 120 + 4 x 10 + 20) x 8 = 4,320 bytes. While one filter replaces another both are
 * charged, 8,640 bytes, and the smallest net.core.optmem_max in use allows 20,480.
 */
export const rangesMax = 120

/** An Ethernet header and an ARP packet for IPv4 take 42 bytes; the padding up to 60 is of no interest, room is. */
const acceptedBytes = 256

/** PACKET_OTHERHOST and, behind it, PACKET_OUTGOING and PACKET_LOOPBACK (linux/if_packet.h). */
const notForThisHost = 3

type Range = { readonly first: number; readonly last: number }

/**
 * Lets through ARP requests and replies (RFC 826) that reached this host from outside; with `targets`, only those whose
 * target address is one of them. IPv6 addresses among the targets are ignored, and no target at all lets nothing
 * through. With more than 120 separate ranges of targets the closest ones are joined: the filter then lets through some foreign
 * requests as well, never fewer than it should, so whoever reads the frames still compares the address.
 */
export const arpFilter = (targets: readonly Address[] | "any"): Program => {
  const matches: readonly Line[] = targets === "any" ? [ifAtLeast(0, "accept", "drop")] : anyOf(rangesOf(targets))
  return assemble([
    loadHalf(12),
    ifEqual(0x0806, next, "drop"),
    loadPacketType,
    ifAtLeast(notForThisHost, "drop", next),
    // Operation: 1 is a request, 2 a reply.
    loadHalf(20),
    ifEqual(1, "operation", next),
    ifEqual(2, "operation", "drop"),
    label("operation"),
    loadWord(38),
    ...matches,
    label("drop"),
    drop,
    label("accept"),
    accept(acceptedBytes),
  ])
}

/** The ranges ascend, so a value below one is in none of those that follow. */
const anyOf = (ranges: readonly Range[]): readonly Line[] =>
  ranges.flatMap(({ first, last }) => [ifAtLeast(first, next, "drop"), ifAbove(last, next, "accept")])

const rangesOf = (targets: readonly Address[]): readonly Range[] => {
  const values = targets.filter(target => target.family === "IPv4").map(target => Number(target.value))
  const ranges: Range[] = []
  for (const value of values.sort((a, b) => a - b)) {
    const before = ranges.at(-1)
    if (before !== undefined && value <= before.last + 1) ranges.splice(-1, 1, { first: before.first, last: value })
    else ranges.push({ first: value, last: value })
  }
  return joinClosest(ranges)
}

/** Fills the smallest gaps, the lower address first among equals, until few enough ranges are left. */
const joinClosest = (ranges: readonly Range[]): readonly Range[] => {
  const gaps = ranges
    .slice(1)
    .map((range, index) => ({ at: index + 1, width: range.first - (ranges[index]?.last ?? 0) }))
  const filled = new Set(
    gaps
      .sort((a, b) => a.width - b.width || a.at - b.at)
      .slice(0, Math.max(0, ranges.length - rangesMax))
      .map(gap => gap.at),
  )
  const joined: Range[] = []
  for (const [index, range] of ranges.entries()) {
    const before = joined.at(-1)
    if (before !== undefined && filled.has(index)) joined.splice(-1, 1, { first: before.first, last: range.last })
    else joined.push(range)
  }
  return joined
}
