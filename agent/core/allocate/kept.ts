import type { Address } from "../ip/address.ts"
import type { ObjectKey } from "../model.ts"
import { type Ledger, usageOf, withheldAt } from "./ledger.ts"
import type { Withheld } from "./withheld.ts"

/**
 * Why an address may not be given to a service even on request: it is kept for others, none of whom has it now (where one has, the
 * rules of sharing decide). undefined where nothing of that kind is in the way.
 */
export const keptFrom = (ledger: Ledger, address: Address, service: ObjectKey): Withheld | undefined => {
  const withheld = withheldAt(ledger, address)
  if (withheld?.keptFor === undefined || withheld.keptFor.includes(service)) return undefined
  const usage = usageOf(ledger, address)
  return withheld.keptFor.some(key => usage?.accepted.has(key) === true) ? undefined : withheld
}

/** Whether all of these addresses are kept for the service. */
export const areKeptFor = (ledger: Ledger, self: ObjectKey, addresses: readonly Address[]): boolean =>
  addresses.every(address => withheldAt(ledger, address)?.keptFor?.includes(self) === true)
