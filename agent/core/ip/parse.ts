import type { Address } from "./address.ts"

const dot = 0x2e
const colon = 0x3a
const zero = 0x30

/**
 * Reads the text of one address as Go's net.ParseIP does, because that is what Kubernetes and MetalLB accept: four decimal
 * octets without leading zeros, or RFC 4291 section 2.2 text without a zone. An IPv4-mapped address (::ffff:a.b.c.d) is the
 * IPv4 address. Anything else, surrounding spaces included, gives undefined.
 */
export const parseAddress = (text: string): Address | undefined => {
  for (let at = 0; at < text.length && at < 5; at += 1) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      const value = parseOctets(text, 0)
      return value === undefined ? undefined : { family: "IPv4", value: BigInt(value) }
    }
    if (code === colon) return parseIPv6(text)
  }
  return undefined
}

/** Dotted decimal from `from` to the end of the text, as an unsigned 32-bit number. */
const parseOctets = (text: string, from: number): number | undefined => {
  let value = 0
  let octet = -1
  let octets = 0
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      if (octet < 0) return undefined
      value = value * 256 + octet
      octets += 1
      octet = -1
      continue
    }
    const digit = code - zero
    if (digit < 0 || digit > 9 || octet === 0) return undefined
    octet = octet < 0 ? digit : octet * 10 + digit
    if (octet > 255) return undefined
  }
  return octet < 0 || octets !== 3 ? undefined : value * 256 + octet
}

const parseIPv6 = (text: string): Address | undefined => {
  const groups = readGroups(text)
  if (groups === undefined) return undefined
  let value = 0n
  for (const group of groups) value = (value << 16n) | BigInt(group)
  return value >> 32n === 0xffffn ? { family: "IPv4", value: value & 0xffffffffn } : { family: "IPv6", value }
}

/** The eight 16-bit groups, with "::" (RFC 4291 section 2.2, at least one group of zeros) filled in. */
const readGroups = (text: string): readonly number[] | undefined => {
  const groups: number[] = []
  let gap = -1
  let at = 0
  if (text.startsWith("::")) {
    gap = 0
    at = 2
  }
  while (at < text.length) {
    if (groups.length === 8) return undefined
    const end = endOfHex(text, at)
    if (text.charCodeAt(end) === dot) {
      const tail = parseOctets(text, at)
      if (tail === undefined || groups.length > 6 || (gap < 0 && groups.length !== 6)) return undefined
      groups.push(Math.floor(tail / 0x10000), tail % 0x10000)
      at = text.length
      break
    }
    if (end === at || end - at > 4) return undefined
    groups.push(Number.parseInt(text.slice(at, end), 16))
    if (end === text.length) break
    if (text.charCodeAt(end) !== colon || end + 1 === text.length) return undefined
    at = end + 1
    if (text.charCodeAt(at) === colon) {
      if (gap >= 0) return undefined
      gap = groups.length
      at += 1
    }
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined
  if (groups.length === 8) return undefined
  return [...groups.slice(0, gap), ...Array<number>(8 - groups.length).fill(0), ...groups.slice(gap)]
}

const endOfHex = (text: string, from: number): number => {
  let at = from
  while (at < text.length && isHex(text.charCodeAt(at))) at += 1
  return at
}

const isHex = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46)
