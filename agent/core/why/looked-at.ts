import { usageOf } from "../allocate/ledger.ts"
import { locate } from "../allocate/pool-table.ts"
import { lowestAbsent } from "../allocate/runs.ts"
import { addressAt } from "../allocate/space.ts"
import { othersOn, type Usage } from "../allocate/usage.ts"
import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey } from "../model.ts"
import type { WhyContext } from "./context.ts"
import type { AddressRow } from "./report.ts"

/** Rows before the chosen address, for each family. */
export const maxAddressRows = 4

/**
 * The addresses just below each chosen one, and who holds them: what shows that the chosen one was the lowest free.
 * Those that are free by now are left out.
 */
export const lookedAt = (
  { ledger }: WhyContext,
  service: ObjectKey,
  chosen: readonly Address[],
  asked: boolean,
): readonly AddressRow[] => {
  const rows = chosen.flatMap((address): readonly AddressRow[] => {
    const place = locate(ledger.table, address)
    if (place?.number === undefined) return [chosenRow(usageOf(ledger, address), address, service, asked, true)]
    const below: AddressRow[] = []
    const from = place.number > BigInt(maxAddressRows) ? place.number - BigInt(maxAddressRows) : 0n
    for (let number = from; number < place.number && !asked; number += 1n) {
      const other = addressAt(place.shelf.space, number)
      const usage = other === undefined ? undefined : usageOf(ledger, other)
      if (usage !== undefined) below.push(heldRow(usage))
    }
    const { order } = place.entry.pool
    if (order !== undefined) {
      const row = chosenRow(usageOf(ledger, address), address, service, asked, false)
      return [row.reason === "ML137" ? { ...row, reason: order.kind === "random" ? "ML144" : "ML145" } : row]
    }
    const lowest = lowestAbsent(place.shelf.taken) >= place.number
    return [...below, chosenRow(usageOf(ledger, address), address, service, asked, lowest)]
  })
  const told = new Map(rows.map(row => [row.address, row]))
  for (const row of rows) if (row.verdict === "chosen") told.set(row.address, row)
  return [...told.values()]
}

const heldRow = (usage: Usage): AddressRow => {
  const holders = holdersOf(usage)
  return { address: formatAddress(usage.address), verdict: "held", reason: "ML130", facts: { holders }, holders }
}

const chosenRow = (
  usage: Usage | undefined,
  address: Address,
  service: ObjectKey,
  asked: boolean,
  lowest: boolean,
): AddressRow => {
  const others = usage === undefined ? [] : othersOn(usage, service)
  const reason = others.length > 0 ? "ML124" : asked ? "ML139" : lowest ? "ML136" : "ML137"
  const text = formatAddress(address)
  return { address: text, verdict: "chosen", reason, facts: { addresses: [text], holders: others }, holders: others }
}

/** Everybody who has it in the status, at most 16 of each kind. */
export const holdersOf = (usage: Usage): readonly ObjectKey[] => [
  ...othersOn(usage, ""),
  ...[...usage.refused, ...usage.foreign].slice(0, 16).map(claim => claim.service),
]
