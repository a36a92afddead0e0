import type { Address } from "../ip/address.ts"
import type { IpFamily, ObjectKey } from "../model.ts"
import type { Refusal } from "./eligible.ts"
import type { Ledger } from "./ledger.ts"
import type { PoolEntry } from "./pool-table.ts"
import type { Request } from "./request.ts"
import { addressFor } from "./search.ts"

/** What a pool could give a service: an address a family, or why the first family that it cannot give is missing. */
export type Offer = {
  readonly entry: PoolEntry
  readonly addresses: Partial<Record<IpFamily, Address>>
  readonly missing: Refusal | undefined
}

export const offerOf = (ledger: Ledger, entry: PoolEntry, self: ObjectKey, request: Request): Offer => {
  const addresses: Partial<Record<IpFamily, Address>> = {}
  let missing: Refusal | undefined
  for (const family of request.families) {
    const found = addressFor(ledger, entry, family, self, request)
    if (found.ok) addresses[family] = found.address
    else missing ??= found
  }
  return { entry, addresses, missing }
}

/**
 * What the service takes where this pool is all there is: everything it needs, or under PreferDualStack what there is.
 */
export const takeFrom = (offer: Offer, request: Request): readonly Address[] => {
  const { IPv4, IPv6 } = offer.addresses
  if (offer.missing === undefined) return [IPv4, IPv6].filter(address => address !== undefined)
  if (request.policy !== "prefer-both") return []
  const only = offer.addresses[request.primary] ?? IPv4 ?? IPv6
  return only === undefined ? [] : [only]
}
