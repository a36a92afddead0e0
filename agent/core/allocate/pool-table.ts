import type { Config, Pool } from "../config/model.ts"
import type { Address } from "../ip/address.ts"
import { RangeIndex } from "../ip/range-index.ts"
import type { IpFamily } from "../model.ts"
import type { Step } from "../outcome.ts"
import type { Found } from "./found.ts"
import { emptyRecent, type Recent } from "./recent.ts"
import { emptyRuns, type Runs } from "./runs.ts"
import type { SharedNumbers } from "./shared-numbers.ts"
import { numberOf, type Segment, type Space, spaceOf } from "./space.ts"

/** One family of a pool, which of its numbers are not to be given, and which of those may be shared. */
export type Shelf = {
  readonly space: Space
  /** Numbers that are held, and those withheld. */
  readonly taken: Runs
  /** Numbers in `taken` that nobody holds, because they are given on request alone. */
  readonly withheld: Set<bigint>
  readonly shared: SharedNumbers
  /** Kept only where the pool gives the least recently used address. */
  readonly recent: Recent | undefined
  /** The answer "full" for the present count, kept because every service that passes by gets it. */
  full: { readonly used: bigint; readonly withheld: number; readonly found: Found & { readonly ok: false } } | undefined
}

export type PoolEntry = {
  readonly pool: Pool
  /** "pool/NAME", as steps name it. */
  readonly subject: string
  readonly shelves: Readonly<Record<IpFamily, Shelf>>
  /** Steps that are the same for every service, made once: most allocations pass by most pools. */
  readonly notTried: Step
  readonly notAsked: Step
}

/** The pools of one configuration, ready to be searched. BOUNDED by the configuration. */
export type PoolTable = {
  readonly config: Config
  /** In the order in which they are tried. */
  readonly entries: readonly PoolEntry[]
  readonly byName: ReadonlyMap<string, PoolEntry>
  readonly index: RangeIndex<Place>
}

type Place = { readonly entry: PoolEntry; readonly shelf: Shelf; readonly segment: Segment }

/** Where an address lies; `number` is undefined where its pool avoids it. */
export type Location = { readonly entry: PoolEntry; readonly shelf: Shelf; readonly number: bigint | undefined }

export const poolTable = (config: Config): PoolTable => {
  const entries = [...config.pools].sort(byTrial).map(entryOf)
  const index = new RangeIndex<Place>()
  for (const entry of entries) {
    for (const shelf of [entry.shelves.IPv4, entry.shelves.IPv6]) {
      for (const segment of shelf.space.segments) index.add(segment.range, { entry, shelf, segment })
    }
  }
  return { config, entries, byName: new Map(entries.map(entry => [entry.pool.name, entry])), index }
}

export const locate = (table: PoolTable, address: Address): Location | undefined => {
  const place = table.index.containing(address)?.owner
  if (place === undefined) return undefined
  return { entry: place.entry, shelf: place.shelf, number: numberOf(place.segment, address) }
}

/**
 * The order of trial, total: pools that serve only some (serviceAllocation present) before pools open to all; among the
 * former positive priorities ascending, then priority 0, then by name; the open ones by name.
 */
const byTrial = (a: Pool, b: Pool): number => {
  const difference = trialRank(a) - trialRank(b)
  if (difference !== 0) return difference
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** Priorities are Kubernetes ints; unset and 0 stand behind every positive one. */
const trialRank = (pool: Pool): number => {
  if (pool.restriction === undefined) return Number.MAX_SAFE_INTEGER
  return pool.restriction.priority > 0 ? pool.restriction.priority : Number.MAX_SAFE_INTEGER - 1
}

const entryOf = (pool: Pool): PoolEntry => {
  const subject = `pool/${pool.name}`
  return {
    pool,
    subject,
    shelves: {
      IPv4: shelfOf(pool, "IPv4"),
      IPv6: shelfOf(pool, "IPv6"),
    },
    notTried: { subject, verdict: "not-tried", reason: "ML106", facts: { pool: pool.name } },
    notAsked: { subject, verdict: "not-tried", reason: "ML107", facts: { pool: pool.name } },
  }
}

const shelfOf = (pool: Pool, family: IpFamily): Shelf => ({
  space: spaceOf(pool, family),
  taken: emptyRuns(),
  withheld: new Set(),
  shared: new Map(),
  recent: pool.order?.kind === "least-recently-used" ? emptyRecent() : undefined,
  full: undefined,
})
