import { bitsOf } from "../../ip/address.ts"
import type { Cidr } from "../../ip/cidr.ts"
import type { IpFamily } from "../../model.ts"

/**
 * Prefixes as routes are written (RFC 4271 section 4.3): a length in bits, then as many bytes as it takes. Bits behind the
 * length are not looked at, and are zero here.
 *
 *   +-----------+-----------------//-----------------+
 *   | bits (1)  | address, (bits + 7) / 8 bytes      |
 *   +-----------+-----------------//-----------------+
 */
export const encodedPrefixLength = ({ length }: Cidr): number => 1 + Math.ceil(length / 8)

export const encodePrefixes = (prefixes: readonly Cidr[]): Uint8Array => {
  const bytes = new Uint8Array(prefixes.reduce((sum, prefix) => sum + encodedPrefixLength(prefix), 0))
  let at = 0
  for (const { base, length } of prefixes) {
    bytes[at] = length
    at += 1
    const end = at + Math.ceil(length / 8)
    for (let left = bitsOf(base.family); at < end; left -= 32) {
      // One big number for four bytes, as where they are read.
      const word = Number(BigInt.asUintN(32, left === 32 ? base.value : base.value >> BigInt(left - 32)))
      for (let shift = 24; shift >= 0 && at < end; shift -= 8) {
        bytes[at] = word >>> shift
        at += 1
      }
    }
  }
  return bytes
}

/** All prefixes of a field. Undefined where a length is too long for the family or the last one is cut short (RFC 7606 section 5.3). */
export const decodePrefixes = (bytes: Uint8Array, family: IpFamily): readonly Cidr[] | undefined => {
  const bits = bitsOf(family)
  const found: Cidr[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0
    const end = at + 1 + Math.ceil(length / 8)
    if (length > bits || end > bytes.length) return undefined
    found.push({ base: { family, value: bitsAt(bytes, at + 1, end, length, bits) }, length })
    at = end
  }
  return found
}

/** Four bytes at a time: one big number a prefix of IPv4 is all that a table of a million routes can afford. */
const bitsAt = (bytes: Uint8Array, start: number, end: number, length: number, bits: number): bigint => {
  let value = 0n
  for (let word = 0; word < bits / 32; word += 1) {
    let part = 0
    for (let at = start + 4 * word; at < start + 4 * word + 4; at += 1)
      part = part * 256 + (at < end ? (bytes[at] ?? 0) : 0)
    const kept = Math.min(32, Math.max(0, length - 32 * word))
    part -= part % 2 ** (32 - kept)
    value = word === 0 ? BigInt(part) : (value << 32n) | BigInt(part)
  }
  return value
}
