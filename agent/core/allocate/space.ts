import type { Pool } from "../config/model.ts"
import type { Address, AddressRange } from "../ip/address.ts"
import type { IpFamily } from "../model.ts"

/**
 * The addresses that a pool may give in one family, numbered 0, 1, 2, … in the order in which they are given: ranges as
 * written, addresses ascending. Addresses that the pool avoids (avoidBuggyIPs) have no number. Everything that asks for
 * the lowest free address, for a size or for what is free works on these numbers, and is exact without walking the
 * range.
 */
export type Space = {
  readonly family: IpFamily
  readonly segments: readonly Segment[]
  /** How many addresses have a number. */
  readonly size: bigint
}

/** One range of a pool inside its space. */
export type Segment = {
  readonly range: AddressRange
  readonly avoidBuggyIPs: boolean
  /** Number of the range's lowest address that has one. */
  readonly start: bigint
  readonly size: bigint
  /** How many addresses of the whole family below `range.first` could have a number. */
  readonly before: bigint
}

export const spaceOf = (pool: Pool, family: IpFamily): Space => {
  const segments: Segment[] = []
  const avoidBuggyIPs = pool.avoidBuggyIPs && family === "IPv4"
  let size = 0n
  for (const range of pool.ranges) {
    if (range.family !== family) continue
    const before = countBelow(range.first, avoidBuggyIPs)
    const here = countBelow(range.last + 1n, avoidBuggyIPs) - before
    segments.push({ range, avoidBuggyIPs, start: size, size: here, before })
    size += here
  }
  return { family, segments, size }
}

/**
 * The number of an address inside one of the segments; undefined where the pool avoids it. The address lies in the
 * range.
 */
export const numberOf = (segment: Segment, address: Address): bigint | undefined => {
  if (segment.avoidBuggyIPs) {
    const octet = address.value & 255n
    if (octet === 0n || octet === 255n) return undefined
  }
  return segment.start + countBelow(address.value, segment.avoidBuggyIPs) - segment.before
}

/** The address with this number, which is below the space's size. */
export const addressAt = (space: Space, number: bigint): Address | undefined => {
  const segment = segmentAt(space.segments, number)
  if (segment === undefined) return undefined
  const rank = number - segment.start + segment.before
  const value = segment.avoidBuggyIPs ? (rank / 254n) * 256n + (rank % 254n) + 1n : rank
  return { family: space.family, value }
}

/** How many addresses 0..value-1 may be given; of each /24 the first and the last may not where they are avoided. */
const countBelow = (value: bigint, avoidBuggyIPs: boolean): bigint => {
  if (!avoidBuggyIPs) return value
  const octet = value & 255n
  return (value >> 8n) * 254n + (octet === 0n ? 0n : octet - 1n)
}

const segmentAt = (segments: readonly Segment[], number: bigint): Segment | undefined => {
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const segment = segments[middle]
    if (segment !== undefined && segment.start + segment.size <= number) low = middle + 1
    else high = middle
  }
  return segments[low]
}
