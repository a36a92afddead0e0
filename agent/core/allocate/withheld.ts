import type { Address } from "../ip/address.ts"
import type { ObjectKey } from "../model.ts"
import type { Refusal } from "./eligible.ts"

/**
 * An address of a pool that a service is given only where it asks for it by name: a node carries it, or another machine
 * answers for it. One that is kept for services is given to these, with or without being asked for, and to nobody else.
 */
export type Withheld = Refusal & {
  readonly address: Address
  /** Another machine answers for it now, so nobody announces it: who was given it without asking for it moves on. */
  readonly contested: boolean
  readonly keptFor?: readonly ObjectKey[]
}

/** The addresses that are kept for each service, in the order of the list. */
export const keptOf = (list: Iterable<Withheld>): ReadonlyMap<ObjectKey, readonly Address[]> => {
  const kept = new Map<ObjectKey, Address[]>()
  for (const { address, keptFor = [] } of list) {
    for (const service of keptFor) {
      const addresses = kept.get(service)
      if (addresses === undefined) kept.set(service, [address])
      else addresses.push(address)
    }
  }
  return kept
}
