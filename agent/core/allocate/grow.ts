import type { Address } from "../ip/address.ts"
import type { Service } from "../model.ts"
import { keyOf } from "./claim.ts"
import { drainRefusal, type Refusal } from "./eligible.ts"
import type { Ledger } from "./ledger.ts"
import { addressesFor } from "./offer.ts"
import type { PoolEntry } from "./pool-table.ts"
import type { Request } from "./request.ts"

/** What a service that has fewer addresses than it wants has after its pool added what it can. */
export type Growth = {
  readonly addresses: readonly Address[]
  /** Why that is still too few; undefined where it is enough. */
  readonly refusal: Refusal | undefined
  /** Of which family there is none; undefined where there is one of each. */
  readonly lacks: Address["family"] | undefined
}

/** The pool adds what is missing, so that what the service has need not move. */
export const growthOf = (
  ledger: Ledger,
  service: Service,
  current: readonly Address[],
  request: Request,
  entry: PoolEntry,
): Growth => {
  let addresses = current
  let refusal: Refusal | undefined
  let lacks: Growth["lacks"]
  for (const family of request.families) {
    if (countOf(addresses, family) >= request.perFamily) continue
    const more =
      entry.pool.drain === true
        ? { found: [], refusal: drainRefusal(entry.pool) }
        : addressesFor(ledger, entry, family, keyOf(service), request, addresses)
    for (const address of more.found) addresses = withAddress(addresses, address)
    const none = countOf(addresses, family) === 0
    if (none) lacks = family
    refusal = none ? more.refusal : (refusal ?? more.refusal)
  }
  return { addresses, refusal, lacks }
}

/** Behind those of its family; the first IPv4 address before everything. What is there keeps its order. */
const withAddress = (addresses: readonly Address[], address: Address): readonly Address[] => {
  if (address.family === "IPv6") return [...addresses, address]
  const last = addresses.findLastIndex(({ family }) => family === "IPv4")
  return addresses.toSpliced(last + 1, 0, address)
}

const countOf = (addresses: readonly Address[], wanted: Address["family"]): number =>
  addresses.filter(({ family }) => family === wanted).length

/** The same addresses, those of a family that the service has already before the others and in the order that they have. */
export const keptFirst = (addresses: readonly Address[], held: readonly Address[]): readonly Address[] => {
  const placeOf = (address: Address): number => {
    const at = held.findIndex(({ family, value }) => family === address.family && value === address.value)
    return at < 0 ? held.length : at
  }
  return addresses.toSorted((a, b) => (a.family === b.family ? placeOf(a) - placeOf(b) : a.family === "IPv4" ? -1 : 1))
}
