import type { Pool } from "../config/model.ts"
import type { Address } from "../ip/address.ts"
import type { IpFamily, ObjectKey } from "../model.ts"
import type { Found } from "./found.ts"
import { keptFrom } from "./kept.ts"
import { type Ledger, sharingId, usageOf, withheldAt } from "./ledger.ts"
import { placeOf } from "./place-hash.ts"
import { locate, type PoolEntry, type Shelf } from "./pool-table.ts"
import { leastRecent, oldestFreed } from "./recent.ts"
import type { Request } from "./request.ts"
import { absentFrom, lowestAbsent } from "./runs.ts"
import { lowestShared, type Within } from "./shared-numbers.ts"
import { addressAt } from "./space.ts"
import { conflictOn, othersOn } from "./usage.ts"

/**
 * An address of a pool and family that is free, or that the service may share, or that it holds alone already: the lowest
 * of these, or in a pool with another allocationOrder what it holds, else what it may share, else a free one in that order.
 * Before all of them comes one that is kept for the service. None of `except`, which are few. At most logarithmic time for the free one.
 */
export const addressFor = (
  ledger: Ledger,
  entry: PoolEntry,
  family: IpFamily,
  self: ObjectKey,
  request: Request,
  except?: readonly Address[],
): Found => {
  const shelf = entry.shelves[family]
  const { space } = shelf
  if (space.size === 0n) {
    const facts = { pool: entry.pool.name, family, asked: request.families.join(" and ") }
    return { ok: false, reason: "ML103", facts }
  }
  const passed = except === undefined ? noNumbers : numbersIn(ledger, entry, family, except)
  const kept = ledger.kept.size === 0 ? undefined : keptAddress(ledger, entry, family, self, request, passed)
  if (kept !== undefined) return { ok: true, address: kept }
  const free = freeNumber(ledger, entry, family, self, passed)
  // In the order of addresses a held one counts by its number, in any other before every free one.
  const limit = entry.pool.order === undefined && typeof free === "bigint" ? free : space.size
  let held: bigint | undefined
  for (const address of ledger.claims.get(self)?.addresses ?? []) {
    const location = address.family === family ? locate(ledger.table, address) : undefined
    if (location?.entry !== entry || location.number === undefined || location.number >= (held ?? limit)) continue
    if (passed.has(location.number)) continue
    if (mayHave(ledger, address, self, request)) held = location.number
  }
  const joined = lowestJoinable(ledger, shelf, self, request, { limit: held ?? limit, passed })
  const best = joined ?? held ?? free
  if (best === "cooling") return { ok: false, reason: "ML141", facts: coolingFacts(entry, family) }
  const address = typeof best === "bigint" && best < space.size ? addressAt(space, best) : undefined
  return address === undefined ? fullness(entry, family, shelf) : { ok: true, address }
}

const noNumbers: ReadonlySet<bigint> = new Set()

const numbersIn = (
  { table }: Ledger,
  entry: PoolEntry,
  family: IpFamily,
  addresses: readonly Address[],
): ReadonlySet<bigint> => {
  const places = addresses.map(address => (address.family === family ? locate(table, address) : undefined))
  return new Set(places.flatMap(place => (place?.entry === entry ? (place.number ?? []) : [])))
}

/** The free number whose turn it is. */
const freeNumber = (
  ledger: Ledger,
  { pool, shelves }: PoolEntry,
  family: IpFamily,
  self: ObjectKey,
  passed: ReadonlySet<bigint>,
): bigint | "cooling" | "full" => {
  const { space, taken, recent } = shelves[family]
  if (pool.order?.kind === "random") {
    const above = absentFrom(taken, placeOf(`${self} ${family}`, space.size), passed)
    return above < space.size ? above : absentFrom(taken, 0n, passed)
  }
  if (pool.order?.kind === "least-recently-used" && recent !== undefined) {
    return leastRecent(recent, space.size, pool.order.cooling, ledger.now, passed)
  }
  return passed.size === 0 ? lowestAbsent(taken) : absentFrom(taken, 0n, passed)
}

const coolingFacts = ({ pool }: PoolEntry, family: IpFamily) => ({
  pool: pool.name,
  family,
  coolingTime: pool.order?.kind === "least-recently-used" ? pool.order.written : "0s",
})

/**
 * When the next address that cools may be given, on the ledger's clock; undefined where none cools. One look a pool and
 * family.
 */
export const coolAt = ({ table, now }: Ledger): number | undefined => {
  let next: number | undefined
  for (const { pool, shelves } of table.entries) {
    if (pool.order?.kind !== "least-recently-used") continue
    for (const { recent } of [shelves.IPv4, shelves.IPv6]) {
      const oldest = recent === undefined ? undefined : oldestFreed(recent)
      if (oldest === undefined) continue
      const at = oldest[1] + pool.order.cooling
      if (at > now && (next === undefined || at < next)) next = at
    }
  }
  return next
}

/** What a step says of an address that a pool of this order gave. */
export const givenReason = (pool: Pool): "ML100" | "ML142" | "ML143" =>
  pool.order === undefined ? "ML100" : pool.order.kind === "random" ? "ML142" : "ML143"

/** What a service with its keys may join; its own addresses were looked at before, so ports alone decide. */
const lowestJoinable = (ledger: Ledger, shelf: Shelf, self: ObjectKey, request: Request, within: Within) => {
  const id = sharingId(request)
  if (id === undefined) return undefined
  return lowestShared(shelf.shared, id, request.ports.join(), within, number => {
    const address = addressAt(shelf.space, number)
    return address !== undefined && mayHave(ledger, address, self, request)
  })
}

/** The first of the addresses kept for the service that the pool may give it. */
const keptAddress = (
  ledger: Ledger,
  entry: PoolEntry,
  family: IpFamily,
  self: ObjectKey,
  request: Request,
  passed: ReadonlySet<bigint>,
): Address | undefined =>
  ledger.kept.get(self)?.find(address => {
    const place = address.family === family ? locate(ledger.table, address) : undefined
    if (place?.entry !== entry || place.number === undefined || passed.has(place.number)) return false
    return usageOf(ledger, address) === undefined || mayHave(ledger, address, self, request)
  })

const mayHave = (ledger: Ledger, address: Address, self: ObjectKey, request: Request): boolean => {
  const usage = usageOf(ledger, address)
  const withheld = withheldAt(ledger, address)
  if (usage === undefined || (withheld !== undefined && withheld.keptFor === undefined)) return false
  if (keptFrom(ledger, address, self) !== undefined) return false
  return usage.foreign.length === 0 && conflictOn(usage, self, request) === undefined
}

/** Said of a full shelf to every service that comes by, so it is made once for each count. */
const fullness = (entry: PoolEntry, family: IpFamily, shelf: Shelf): Found => {
  const withheld = shelf.withheld.size
  const used = shelf.taken.count - BigInt(withheld)
  if (shelf.full?.used !== used || shelf.full.withheld !== withheld) {
    const counts = { used: count(used), size: count(shelf.space.size), ...(withheld > 0 ? { withheld } : {}) }
    const facts = { pool: entry.pool.name, family, ...counts }
    const full = { used, withheld, found: { ok: false, reason: withheld > 0 ? "ML172" : "ML101", facts } } as const
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
