import { addressesOf, keyOf } from "../../allocate/claim.ts"
import { formatAddress } from "../../ip/format.ts"
import type { ObjectKey } from "../../model.ts"
import { type Contest, contestOf, type Entered } from "../contest.ts"
import type { AnnounceContext } from "../context.ts"

/** A service that decides about addresses. */
export type Decider = {
  readonly service: ObjectKey
  readonly contest: Contest
  /** Canonical texts, sorted: of two that different nodes announce now, all speakers must look at the same one. */
  readonly addresses: readonly string[]
}

export type Deciders = {
  /** What each service that has an address may do. */
  readonly entered: ReadonlyMap<ObjectKey, Entered>
  readonly all: readonly Decider[]
  /** Who decides about the first address of a service. */
  readonly of: ReadonlyMap<ObjectKey, ObjectKey>
}

/** As `ownerOfAddress` has it: about an address the oldest of its services decides that has an owner. */
export const decidersOf = (context: AnnounceContext): Deciders => {
  const entered = new Map<ObjectKey, Entered>()
  const deciders = new Map<ObjectKey, { service: ObjectKey; contest: Contest; addresses: string[] }>()
  const of = new Map<ObjectKey, ObjectKey>()
  for (const [address, { services }] of context.holders) {
    let decider: ObjectKey | undefined
    for (const service of services) {
      const key = keyOf(service)
      const found = entered.get(key) ?? contestOf(service, context)
      entered.set(key, found)
      if (!found.ok || decider !== undefined) continue
      decider = key
      const known = deciders.get(key) ?? { service: key, contest: found.contest, addresses: [] }
      known.addresses.push(address)
      deciders.set(key, known)
    }
    if (decider === undefined) continue
    for (const service of services) {
      const [first] = addressesOf(service)
      if (first !== undefined && formatAddress(first) === address) of.set(keyOf(service), decider)
    }
  }
  const all = [...deciders.values()].map(decider => ({ ...decider, addresses: decider.addresses.sort() }))
  return { entered, all, of }
}
