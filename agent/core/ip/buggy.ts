import type { Address, AddressRange } from "./address.ts"
import { rangeSize } from "./range.ts"

/** IPv4 addresses that end in .0 or .255, which some old routers and hosts take for a broadcast (avoidBuggyIPs). */
export const isBuggy = (address: Address): boolean => {
  if (address.family !== "IPv4") return false
  const octet = address.value & 255n
  return octet === 0n || octet === 255n
}

/** How many addresses of the range are buggy: exact for every range, a single x.x.x.0/32 included. */
export const countBuggy = (range: AddressRange): bigint =>
  range.family === "IPv4" ? buggyBelow(range.last + 1n) - buggyBelow(range.first) : 0n

/** How many addresses of the range can be given out. */
export const usableSize = (range: AddressRange, avoidBuggyIPs: boolean): bigint =>
  avoidBuggyIPs ? rangeSize(range) - countBuggy(range) : rangeSize(range)

const buggyBelow = (end: bigint): bigint => {
  const octet = end & 255n
  return (end >> 8n) * 2n + (octet > 0n ? 1n : 0n)
}
