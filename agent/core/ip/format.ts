import type { Address } from "./address.ts"

/**
 * Canonical text: dotted decimal, or RFC 5952 (lower case, no leading zeros, the longest run of two or more zero groups as
 * "::", the first of equal runs). The L2 election, map keys, metrics and status all use this text.
 */
export const formatAddress = (address: Address): string =>
  address.family === "IPv4" ? formatIPv4(Number(address.value)) : formatIPv6(address.value)

const formatIPv4 = (value: number): string =>
  `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

const formatIPv6 = (value: bigint): string => {
  const hex = value.toString(16).padStart(32, "0")
  const groups: string[] = []
  for (let at = 0; at < 32; at += 4) groups.push(Number.parseInt(hex.slice(at, at + 4), 16).toString(16))
  const { start, length } = longestZeroRun(groups)
  if (length < 2) return groups.join(":")
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`
}

/** RFC 5952 section 4.2.3: the longest run; of equal ones the first. */
const longestZeroRun = (groups: readonly string[]): { start: number; length: number } => {
  let best = { start: 0, length: 0 }
  let start = 0
  groups.forEach((group, at) => {
    if (group !== "0") start = at + 1
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start }
  })
  return best
}
