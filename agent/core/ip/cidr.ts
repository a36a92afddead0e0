import type { Address, AddressRange } from "./address.ts"
import { bitsOf } from "./address.ts"
import { formatAddress } from "./format.ts"

/** A network in CIDR form: the base address with all host bits zero, and a prefix length of 0..32 or 0..128. */
export type Cidr = { readonly base: Address; readonly length: number }

/** The fewest CIDRs that cover exactly this range, ascending: at most twice as many as the family has bits. */
export const coverRange = (range: AddressRange): readonly Cidr[] => {
  const bits = bitsOf(range.family)
  const cover: Cidr[] = []
  let next = range.first
  while (next <= range.last) {
    let hostBits = 0
    while (hostBits < bits && fits(next, hostBits + 1, range.last)) hostBits += 1
    cover.push({ base: { family: range.family, value: next }, length: bits - hostBits })
    next += 1n << BigInt(hostBits)
  }
  return cover
}

const fits = (first: bigint, hostBits: number, last: bigint): boolean => {
  const size = 1n << BigInt(hostBits)
  return (first & (size - 1n)) === 0n && first + size - 1n <= last
}

export const cidrContains = ({ base, length }: Cidr, { family, value }: Address): boolean => {
  const hostBits = BigInt(bitsOf(family) - length)
  return family === base.family && value >> hostBits === base.value >> hostBits
}

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.base)}/${cidr.length}`
