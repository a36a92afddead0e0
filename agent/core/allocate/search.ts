import type { Address } from "../ip/address.ts"
import type { IpFamily, ObjectKey } from "../model.ts"
import type { Found } from "./found.ts"
import { type Ledger, sharingId, usageOf } from "./ledger.ts"
import { locate, type PoolEntry, type Shelf } from "./pool-table.ts"
import type { Request } from "./request.ts"
import { lowestAbsent } from "./runs.ts"
import { lowestShared } from "./shared-numbers.ts"
import { addressAt } from "./space.ts"
import { conflictOn, othersOn, type Usage } from "./usage.ts"

/**
 * The lowest address of a pool and family that is free, or that the service may share, or that it holds alone already.
 * Constant time for the free one.
 */
export const lowestFor = (
  ledger: Ledger,
  entry: PoolEntry,
  family: IpFamily,
  self: ObjectKey,
  request: Request,
): Found => {
  const shelf = entry.shelves[family]
  const { space, taken } = shelf
  if (space.size === 0n) {
    const facts = { pool: entry.pool.name, family, asked: request.families.join(" and ") }
    return { ok: false, reason: "ML103", facts }
  }
  let best = lowestAbsent(taken)
  for (const address of ledger.claims.get(self)?.addresses ?? []) {
    const location = address.family === family ? locate(ledger.table, address) : undefined
    if (location?.entry !== entry || location.number === undefined || location.number >= best) continue
    if (mayHave(usageOf(ledger, address), self, request)) best = location.number
  }
  best = lowestJoinable(ledger, shelf, self, request, best) ?? best
  const address = best < space.size ? addressAt(space, best) : undefined
  return address === undefined ? fullness(entry, family, shelf) : { ok: true, address }
}

/** What a service with its keys may join; its own addresses were looked at before, so ports alone decide. */
const lowestJoinable = (ledger: Ledger, shelf: Shelf, self: ObjectKey, request: Request, limit: bigint) => {
  const id = sharingId(request)
  if (id === undefined) return undefined
  return lowestShared(shelf.shared, id, request.ports.join(), limit, number => {
    const address = addressAt(shelf.space, number)
    return address !== undefined && mayHave(usageOf(ledger, address), self, request)
  })
}

const mayHave = (usage: Usage | undefined, self: ObjectKey, request: Request): boolean =>
  usage !== undefined && usage.foreign.length === 0 && conflictOn(usage, self, request) === undefined

/** Said of a full shelf to every service that comes by, so it is made once for each count. */
const fullness = (entry: PoolEntry, family: IpFamily, shelf: Shelf): Found => {
  const used = shelf.taken.count
  if (shelf.full?.used !== used) {
    const facts = { pool: entry.pool.name, family, used: count(used), size: count(shelf.space.size) }
    const full = { used, found: { ok: false, reason: "ML101", facts } } as const
    shelf.full = full
    return full.found
  }
  return shelf.full.found
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
