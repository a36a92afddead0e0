import type { IpFamily } from "../model.ts"
import type { Address, AddressRange } from "./address.ts"
import { bitsOf } from "./address.ts"
import { formatAddress } from "./format.ts"
import { parseAddress } from "./parse.ts"

export type ParsedRange =
  | { readonly ok: true; readonly range: AddressRange }
  | { readonly ok: false; readonly message: string }

/** Two IPv6 addresses in full, with IPv4 tails and generous spaces around the dash. */
const longestEntry = 120

const allowed = "write a CIDR such as 192.168.1.0/24 or a range such as 192.168.1.11-192.168.1.13"

/**
 * Reads one entry of a pool: `first-last` (both ends included, spaces around them ignored) or a CIDR, whose host bits are
 * masked. Unlike MetalLB, a range with ends of different families is refused instead of meaning no address at all, and so
 * is IPv6 space that contains the IPv4-mapped block, whose addresses would be written as IPv4. The message names the text,
 * what is wrong with it and what is allowed.
 */
export const parseRange = (text: string): ParsedRange => {
  const entry = text.trim()
  if (entry.length > longestEntry)
    return wrong(`an entry of ${entry.length} characters is no address range; ${allowed}`)
  if (entry === "") return wrong(`an empty entry is no address range; ${allowed}`)
  if (/[\u2010-\u2015\u2212]/.test(entry))
    return wrong(`"${entry}" contains a typographic dash; join the two ends with "-"`)
  const dash = entry.indexOf("-")
  const parsed =
    dash < 0 ? parseCidr(entry) : parseEnds(entry, entry.slice(0, dash).trim(), entry.slice(dash + 1).trim())
  return parsed.ok && coversMapped(parsed.range)
    ? wrong(`"${entry}" contains the IPv4-mapped addresses ::ffff:0:0/96; write those as an IPv4 range`)
    : parsed
}

/** The shortest text that reads back as the same range: a CIDR where it is one, else `first-last`. */
export const formatRange = (range: AddressRange): string => {
  const size = rangeSize(range)
  const first = formatAddress({ family: range.family, value: range.first })
  if ((size & (size - 1n)) === 0n && range.first % size === 0n) {
    return `${first}/${bitsOf(range.family) - (size.toString(2).length - 1)}`
  }
  return `${first}-${formatAddress({ family: range.family, value: range.last })}`
}

/** Number of addresses, at least 1. */
export const rangeSize = (range: AddressRange): bigint => range.last - range.first + 1n

export const rangeContains = (range: AddressRange, address: Address): boolean =>
  range.family === address.family && range.first <= address.value && address.value <= range.last

export const rangesOverlap = (a: AddressRange, b: AddressRange): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last

/** What two ranges share; undefined where that is nothing. */
export const intersectRanges = (a: AddressRange, b: AddressRange): AddressRange | undefined => {
  if (!rangesOverlap(a, b)) return undefined
  return { family: a.family, first: a.first > b.first ? a.first : b.first, last: a.last < b.last ? a.last : b.last }
}

/** Total order: IPv4 before IPv6, then by first address, then by last. */
export const compareRanges = (a: AddressRange, b: AddressRange): number => {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1
  if (a.first !== b.first) return a.first < b.first ? -1 : 1
  return a.last < b.last ? -1 : a.last > b.last ? 1 : 0
}

const parseEnds = (entry: string, from: string, to: string): ParsedRange => {
  const first = parseAddress(from)
  if (first === undefined) return wrong(`"${entry}": ${notAnAddress(from)}; ${allowed}`)
  const last = parseAddress(to)
  if (last === undefined) return wrong(`"${entry}": ${notAnAddress(to)}; ${allowed}`)
  if (first.family !== last.family) {
    return wrong(`"${entry}" joins an ${first.family} and an ${last.family} address; both ends must be of one family`)
  }
  if (first.value > last.value) return wrong(`"${entry}" ends before it starts; write the lower address first`)
  return { ok: true, range: { family: first.family, first: first.value, last: last.value } }
}

const parseCidr = (entry: string): ParsedRange => {
  const slash = entry.indexOf("/")
  if (slash < 0) {
    const single = parseAddress(entry)
    if (single === undefined) return wrong(`${notAnAddress(entry)}; ${allowed}`)
    return wrong(`"${entry}" has no prefix length; for this one address write ${entry}/${bitsOf(single.family)}`)
  }
  const text = entry.slice(0, slash)
  const address = parseAddress(text)
  if (address === undefined) return wrong(`"${entry}": ${notAnAddress(text)}; ${allowed}`)
  const mapped = address.family === "IPv4" && text.includes(":")
  const lowest = mapped ? 96 : 0
  const highest = mapped ? 128 : bitsOf(address.family)
  const prefix = entry.slice(slash + 1)
  const length = /^[0-9]{1,6}$/.test(prefix) ? Number(prefix) : -1
  if (length < lowest || length > highest) {
    return wrong(`"${entry}": the prefix length is "${prefix}", allowed are ${lowest} to ${highest}`)
  }
  return { ok: true, range: cidrRange(address, length - lowest) }
}

/** The range of a CIDR; host bits of the address are masked. `length` is 0..32 or 0..128. */
export const cidrRange = (address: Address, length: number): AddressRange => {
  const hostBits = BigInt(bitsOf(address.family) - length)
  const first = (address.value >> hostBits) << hostBits
  return { family: address.family, first, last: first + (1n << hostBits) - 1n }
}

const mappedBlock: AddressRange = { family: "IPv6", first: 0xffff00000000n, last: 0xffffffffffffn }

const coversMapped = (range: AddressRange): boolean => rangesOverlap(range, mappedBlock)

/** Why a text is no address, for the mistakes that people make most. */
const notAnAddress = (text: string): string => {
  if (text === "") return "one end is missing"
  if (text.includes("%")) return `"${text}" carries a zone, which a pool cannot have`
  if (/(^|\.)0[0-9]/.test(text) && /^[0-9.]+$/.test(text)) return `"${text}" has an octet with a leading zero`
  return `"${text}" is not an IP address`
}

const wrong = (message: string): ParsedRange => ({ ok: false, message })

/** The families that a list of ranges covers, IPv4 first. */
export const familiesOf = (ranges: readonly AddressRange[]): readonly IpFamily[] =>
  (["IPv4", "IPv6"] as const).filter(family => ranges.some(range => range.family === family))
