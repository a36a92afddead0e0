import type { Address } from "../ip/address.ts"
import type { IpFamily, ObjectKey } from "../model.ts"
import type { Refusal } from "./eligible.ts"
import type { Ledger } from "./ledger.ts"
import type { PoolEntry } from "./pool-table.ts"
import type { Request } from "./request.ts"
import { addressFor } from "./search.ts"

/** What a pool could give a service. */
export type Offer = {
  readonly entry: PoolEntry
  /** As many of each family as it can, at most as many as asked for. */
  readonly addresses: Readonly<Record<IpFamily, readonly Address[]>>
  /** Why it is less than asked for; undefined where it is everything. */
  readonly missing: Refusal | undefined
  /** Whether there is no address at all of one of the families. */
  readonly lacksFamily: boolean
}

export const offerOf = (ledger: Ledger, entry: PoolEntry, self: ObjectKey, request: Request): Offer => {
  let IPv4 = none
  let IPv6 = none
  let missing: Refusal | undefined
  let lacksFamily = false
  for (const family of request.families) {
    const { found, refusal } = addressesFor(ledger, entry, family, self, request, none)
    if (family === "IPv4") IPv4 = found
    else IPv6 = found
    missing ??= refusal
    lacksFamily ||= found.length === 0
  }
  return { entry, addresses: { IPv4, IPv6 }, missing, lacksFamily }
}

const none: readonly Address[] = []

/**
 * What the service takes where this pool is all there is: as many addresses as there are, if at least one is of each family it
 * needs, or under PreferDualStack of one.
 */
export const takeFrom = ({ addresses, lacksFamily }: Offer, request: Request): readonly Address[] =>
  lacksFamily && request.policy !== "prefer-both" ? [] : [...addresses.IPv4, ...addresses.IPv6]

/** Of two offers that are less than asked for the one to take: the first, unless the second has more families, the primary one, or more addresses. */
export const fullerOf = (a: Offer, b: Offer, request: Request): Offer => {
  const ranks = (offer: Offer) => [
    Number(!offer.lacksFamily),
    Number(offer.addresses[request.primary].length > 0),
    offer.addresses.IPv4.length + offer.addresses.IPv6.length,
  ]
  const theirs = ranks(a)
  const difference =
    ranks(b)
      .map((rank, at) => rank - (theirs[at] ?? 0))
      .find(by => by !== 0) ?? 0
  return difference > 0 ? b : a
}

type Addition = { readonly found: readonly Address[]; readonly refusal: Refusal | undefined }

/** What a pool adds to the addresses of a family that the service `has`, and why that is less than asked for. */
export const addressesFor = (
  ledger: Ledger,
  entry: PoolEntry,
  family: IpFamily,
  self: ObjectKey,
  request: Request,
  has: readonly Address[],
): Addition => {
  // The way of nearly every service past every pool that is full, so nothing is made that is not needed.
  if (request.perFamily === 1 && has.length === 0) {
    const next = addressFor(ledger, entry, family, self, request)
    return next.ok ? { found: [next.address], refusal: undefined } : { found: none, refusal: next }
  }
  const found: Address[] = []
  const before = has.filter(address => address.family === family).length
  while (before + found.length < request.perFamily) {
    const next = addressFor(ledger, entry, family, self, request, [...has, ...found])
    if (next.ok) found.push(next.address)
    else return { found, refusal: shortage(entry, family, request, before + found.length, next) }
  }
  return { found, refusal: undefined }
}

const shortage = (entry: PoolEntry, family: IpFamily, request: Request, given: number, why: Refusal): Refusal =>
  given === 0 || why.reason === "ML141"
    ? { reason: why.reason, facts: why.facts }
    : { reason: "ML147", facts: { pool: entry.pool.name, family, given, asked: request.perFamily } }
