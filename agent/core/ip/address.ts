import type { IpFamily } from "../model.ts"

/** An address of either family as one type: IPv4 values are 0..2^32-1, IPv6 values 0..2^128-1. */
export type Address = { readonly family: IpFamily; readonly value: bigint }

/** Inclusive range of addresses of one family, `first` <= `last`. */
export type AddressRange = { readonly family: IpFamily; readonly first: bigint; readonly last: bigint }
