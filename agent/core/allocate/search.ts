import type { Address } from "../ip/address.ts"
import type { IpFamily, ObjectKey } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { joinable, type Ledger, usageOf } from "./ledger.ts"
import { locate, type PoolEntry } from "./pool-table.ts"
import type { Request } from "./request.ts"
import { lowestAbsent } from "./runs.ts"
import { addressAt } from "./space.ts"
import { conflictOn, othersOn } from "./usage.ts"

export type Found =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly reason: ReasonCode; readonly facts: Facts }

/**
 * The lowest address of a pool and family that is free, or that the service may share, or that it holds alone already.
 * Constant time for the free one; sharing looks at the addresses under the same keys.
 */
export const lowestFor = (
  ledger: Ledger,
  entry: PoolEntry,
  family: IpFamily,
  self: ObjectKey,
  request: Request,
): Found => {
  const { space, taken } = entry.shelves[family]
  if (space.size === 0n) {
    const facts = { pool: entry.pool.name, family, asked: request.families.join(" and ") }
    return { ok: false, reason: "ML103", facts }
  }
  let best = lowestAbsent(taken)
  const consider = (address: Address): void => {
    const location = locate(ledger.table, address)
    if (location?.entry !== entry || location.number === undefined || location.number >= best) return
    const usage = usageOf(ledger, address)
    if (usage === undefined || usage.foreign.length > 0 || conflictOn(usage, self, request) !== undefined) return
    best = location.number
  }
  for (const address of ledger.claims.get(self)?.addresses ?? []) if (address.family === family) consider(address)
  for (const usage of joinable(ledger, request)) if (usage.address.family === family) consider(usage.address)
  const address = best < space.size ? addressAt(space, best) : undefined
  if (address === undefined) {
    const facts = { pool: entry.pool.name, family, used: count(taken.count), size: count(space.size) }
    return { ok: false, reason: "ML101", facts }
  }
  return { ok: true, address }
}

/** Who else has one of these addresses, sorted; at most 16 for each address. */
export const sharersOfAll = (ledger: Ledger, addresses: readonly Address[], self: ObjectKey): readonly ObjectKey[] => {
  const others = addresses.flatMap(address => {
    const usage = usageOf(ledger, address)
    return usage === undefined ? [] : othersOn(usage, self)
  })
  return others.length === 0 ? others : [...new Set(others)].sort()
}

/** A count as a fact: a number while that is exact, else its digits. */
export const count = (n: bigint): number | string => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n.toString())
