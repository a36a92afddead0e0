import type { IpFamily } from "../model.ts"

/** An address of either family as one type: IPv4 values are 0..2^32-1, IPv6 values 0..2^128-1. */
export type Address = { readonly family: IpFamily; readonly value: bigint }

/** Inclusive range of addresses of one family, `first` <= `last`. */
export type AddressRange = { readonly family: IpFamily; readonly first: bigint; readonly last: bigint }

/** Bits of an address: 32 or 128. */
export const bitsOf = (family: IpFamily): number => (family === "IPv4" ? 32 : 128)

export const sameAddress = (a: Address, b: Address): boolean => a.value === b.value && a.family === b.family

/** Total order: IPv4 before IPv6, then by number. Negative, zero or positive as a sort wants it. */
export const compareAddresses = (a: Address, b: Address): number => {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0
}
