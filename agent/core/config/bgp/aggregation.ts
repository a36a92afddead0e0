import type { Address } from "../../ip/address.ts"
import { bitsOf } from "../../ip/address.ts"
import type { Cidr } from "../../ip/cidr.ts"
import { coverRange } from "../../ip/cidr.ts"
import { cidrRange } from "../../ip/range.ts"
import type { Pool } from "../model.ts"
import type { BgpAdvertisement } from "./model.ts"

type Lengths = Pick<BgpAdvertisement, "aggregationLength" | "aggregationLengthV6">

/**
 * The first entry of a pool that an aggregate would exceed: its largest CIDR is smaller than the aggregate, so that routers
 * would send addresses here that the pool does not have. Undefined where the lengths fit.
 */
export const aggregationMisfit = (
  pool: Pool,
  lengths: Lengths,
): { readonly entry: string; readonly length: number; readonly prefix: number; readonly v6: boolean } | undefined => {
  for (const [index, range] of pool.ranges.entries()) {
    const prefix = Math.min(...coverRange(range).map(cidr => cidr.length))
    const v6 = range.family === "IPv6"
    const length = v6 ? lengths.aggregationLengthV6 : lengths.aggregationLength
    if (length < prefix) return { entry: pool.written[index] ?? "", length, prefix, v6 }
  }
  return undefined
}

/** The route by which an advertisement announces an address of a pool. */
export const routeOf = (advertisement: BgpAdvertisement, pool: string, address: Address): Cidr => {
  const whole = bitsOf(address.family)
  const length = advertisement.hostRoutesOnly.has(pool)
    ? whole
    : address.family === "IPv4"
      ? advertisement.aggregationLength
      : advertisement.aggregationLengthV6
  return { base: { family: address.family, value: cidrRange(address, length).first }, length }
}
