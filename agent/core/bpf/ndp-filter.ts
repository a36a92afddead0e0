import type { Address } from "../ip/address.ts"
import { arrivedFromLink } from "./arrival.ts"
import { accept, assemble, drop, ifEqual, type Line, label, loadByte, loadWord, next, type Program } from "./program.ts"
import { inAny, joinClosest, type Range, rangesOf } from "./ranges.ts"

/**
 * What a program may cost. A range of addresses takes 2 instructions, each group of addresses with the same first 96 bits 9 more, the
 * rest of the filter 13: at most 2 x 120 + 8 x 9 + 13 = 325, below the 2,000 that the addon takes; a jump goes over one group
 * at most, so it stays within its 8 bits.
 * The kernel charges the translated program to the socket: a comparison becomes up to two instructions and a load up to ten, 8
 * bytes each: (4 x 120 + 8 x 50 + 90) x 8 = 7,760 bytes. While one filter replaces another both are charged, 15,520
 * bytes, and the smallest net.core.optmem_max in use allows 20,480.
 */
export const rangesMax = 120
export const prefixesMax = 8

/** A neighbour message with its headers takes 86 bytes; other options (nonces, SEND) fit into the rest. */
const acceptedBytes = 2048

/** Offsets in the frame: behind the Ethernet header, and behind that of IPv6. */
const at = { type: 54, target: 62 } as const

/**
 * Lets through neighbour solicitations and advertisements (RFC 4861) that reached this host with a hop limit of 255, which no router lets
 * through; with `targets`, only those about one of them. IPv4 addresses among the targets are ignored, and no target at all
 * lets nothing through. Beyond 120 separate ranges the closest ones are joined, and addresses of more than 8 prefixes of 96 bits are
 * compared by their last 32 bits alone: the filter then lets through some foreign messages as well, never fewer than it
 * should, so whoever reads the frames still compares the address.
 */
export const ndpFilter = (targets: readonly Address[] | "any"): Program =>
  assemble([
    ...arrivedFromLink("ignore"),
    loadByte(at.type),
    ifEqual(135, "message", next),
    ifEqual(136, "message", "ignore"),
    label("ignore"),
    drop,
    label("message"),
    ...(targets === "any" ? [accept(acceptedBytes)] : [...groupsOf(targets).flatMap(inGroup), drop]),
  ])

/** Addresses that share their first 96 bits; without `words` whatever these are. */
type Group = { readonly words: readonly number[]; readonly ranges: readonly Range[] }

/** If the first 96 bits fit, the last 32 decide, otherwise the next group has its turn. */
const inGroup = ({ words, ranges }: Group, index: number): readonly Line[] => [
  ...words.flatMap((word, place) => [loadWord(at.target + 4 * place), ifEqual(word, next, `after ${index}`)]),
  loadWord(at.target + 12),
  ...inAny(ranges, `accept ${index}`, `drop ${index}`),
  label(`drop ${index}`),
  drop,
  label(`accept ${index}`),
  accept(acceptedBytes),
  label(`after ${index}`),
]

const groupsOf = (targets: readonly Address[]): readonly Group[] => {
  const values = targets.filter(target => target.family === "IPv6").map(target => target.value)
  const lastWord = (value: bigint) => Number(value & 0xffffffffn)
  const prefixes = [...new Set(values.map(value => value >> 32n))].sort((a, b) => (a < b ? -1 : 1))
  if (prefixes.length > prefixesMax) {
    const ranges = joinClosest([rangesOf(values.map(lastWord))], rangesMax)[0] ?? []
    return [{ words: [], ranges }]
  }
  const ranges = prefixes.map(prefix => rangesOf(values.filter(value => value >> 32n === prefix).map(lastWord)))
  const joined = joinClosest(ranges, rangesMax)
  return prefixes.map((prefix, place) => ({
    words: [64n, 32n, 0n].map(shift => lastWord(prefix >> shift)),
    ranges: joined[place] ?? [],
  }))
}
