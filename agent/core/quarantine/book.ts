import { type Address, compareAddresses } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { PoolResource } from "../model.ts"
import { type Instant, isForgotten, type Quarantine, quarantinesMax, readQuarantines } from "./quarantine.ts"

/** Quarantines by pool, each list ascending by address. */
export type Book = ReadonlyMap<string, readonly Quarantine[]>

/**
 * What this controller decided and the status of the pool does not show yet, by canonical text; `quarantine` undefined: taken out.
 * The status is what counts: an entry that somebody takes out of it is over, and a new leader finds the rest. BOUNDED by the addresses
 * that reports named; those of pools of the ConfigMap, which has no status, stay here until they are forgotten.
 */
export type Pending = ReadonlyMap<string, PendingEntry>

export type PendingEntry = {
  readonly pool: string
  readonly address: Address
  readonly quarantine: Quarantine | undefined
}

/** The quarantines that count: those of the statuses, and what is pending before them. */
export const bookOf = (pools: Iterable<PoolResource>, pending: Pending, now: Instant): Book => {
  const byPool = new Map<string, Map<string, Quarantine>>()
  const of = (pool: string) => {
    const known = byPool.get(pool) ?? new Map<string, Quarantine>()
    byPool.set(pool, known)
    return known
  }
  for (const { name, quarantined = [] } of pools) {
    for (const one of readQuarantines(quarantined)) of(name).set(formatAddress(one.address), one)
  }
  for (const [text, { pool, quarantine }] of pending) {
    if (quarantine === undefined) of(pool).delete(text)
    else of(pool).set(text, quarantine)
  }
  return new Map([...byPool].map(([pool, list]) => [pool, kept([...list.values()], now)]))
}

const kept = (all: readonly Quarantine[], now: Instant): readonly Quarantine[] =>
  all
    .filter(one => !isForgotten(one, now))
    .sort((a, b) => b.until - a.until || compareAddresses(a.address, b.address))
    .slice(0, quarantinesMax)
    .sort((a, b) => compareAddresses(a.address, b.address))

/** What is still pending once the statuses are as they are now. */
export const stillPending = (pools: Iterable<PoolResource>, pending: Pending, now: Instant): Pending => {
  if (pending.size === 0) return pending
  const written = new Map(
    [...pools].map(({ name, quarantined = [] }) => [
      name,
      new Map(readQuarantines(quarantined).map(one => [formatAddress(one.address), one.until])),
    ]),
  )
  return new Map(
    [...pending].filter(([text, { pool, quarantine }]) => {
      if (quarantine !== undefined && isForgotten(quarantine, now)) return false
      const status = written.get(pool)
      return status === undefined ? quarantine !== undefined : status.get(text) !== quarantine?.until
    }),
  )
}

/** The quarantine of an address, be it over or not. */
export const quarantineAt = (book: Book, pool: string, address: Address): Quarantine | undefined =>
  book.get(pool)?.find(one => compareAddresses(one.address, address) === 0)
