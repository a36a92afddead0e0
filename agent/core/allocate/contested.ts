import type { Address } from "../ip/address.ts"
import { sameAddress } from "../ip/address.ts"
import type { Refusal } from "./eligible.ts"
import { type EventIntent, eventOf } from "./event.ts"
import { type Ledger, withheldAt } from "./ledger.ts"
import type { Request } from "./request.ts"

/** Another machine answers for an address that the service has, and whether the service asked for that very address. */
export type Contested = { readonly asked: boolean; readonly why: Refusal }

/**
 * Whether one of these addresses is contested. One that was not asked for comes first: it makes the service move, while one
 * that was asked for stays with it and is announced once the other machine is gone.
 */
export const contestedOf = (ledger: Ledger, addresses: readonly Address[], request: Request): Contested | undefined => {
  let kept: Contested | undefined
  for (const address of addresses) {
    const withheld = withheldAt(ledger, address)
    if (withheld?.contested !== true) continue
    const { facts } = withheld
    if (!request.addresses.some(asked => sameAddress(asked, address))) {
      return { asked: false, why: { reason: "ML171", facts } }
    }
    kept ??= { asked: true, why: { reason: "ML173", facts } }
  }
  return kept
}

/** A service is given an address that nobody would be given without asking for it. */
export const withheldEvents = (ledger: Ledger, addresses: readonly Address[]): readonly EventIntent[] =>
  addresses.flatMap(address => {
    const withheld = withheldAt(ledger, address)
    return withheld === undefined || withheld.keptFor !== undefined
      ? []
      : [eventOf("Warning", "addressConflict", withheld.reason, withheld.facts)]
  })
