import type { AddressRange } from "../ip/address.ts"
import { formatRange } from "../ip/range.ts"
import { RangeIndex } from "../ip/range-index.ts"
import type { BrokenPool, PoolCandidate } from "./candidate.ts"
import type { Pool } from "./model.ts"

type Owner = { readonly pool: Pool; readonly entry: string }

/**
 * The pools in use so far and the addresses that they hold. Pools are offered one after the other, best first, and one that
 * overlaps those in use is turned down.
 */
export class PoolsInUse {
  readonly #index = new RangeIndex<Owner>()
  readonly #byName = new Map<string, Pool>()

  get pools(): readonly Pool[] {
    return [...this.#byName.values()]
  }

  named(name: string): Pool | undefined {
    return this.#byName.get(name)
  }

  /** The first entry of the pool that lies within a pool in use. */
  clashOf(pool: Pool): { readonly entry: number; readonly range: AddressRange; readonly owner: Owner } | undefined {
    for (const [entry, range] of pool.ranges.entries()) {
      const clash = this.#index.overlapping(range)
      if (clash !== undefined) return { entry, range: clash.range, owner: clash.owner }
    }
    return undefined
  }

  /** Whether every address of the pool belongs to a pool in use. */
  covers(pool: Pool): boolean {
    return pool.ranges.every(range => {
      let next = range.first
      while (next <= range.last) {
        const holder = this.#index.containing({ family: range.family, value: next })
        if (holder === undefined) return false
        next = holder.range.last + 1n
      }
      return true
    })
  }

  /** Takes the pool into use; false, and nothing changes, where its name or an address is taken. */
  take(pool: Pool): boolean {
    if (this.#byName.has(pool.name) || this.clashOf(pool) !== undefined) return false
    for (const [entry, range] of pool.ranges.entries()) {
      this.#index.add(range, { pool, entry: pool.written[entry] ?? formatRange(range) })
    }
    this.#byName.set(pool.name, pool)
    return true
  }
}

/** Older first, then by name; pools of the ConfigMap come after all resources, in the order of the text. */
export const byAge = (a: PoolCandidate, b: PoolCandidate): number => {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt
  return a.pool.name < b.pool.name ? -1 : a.pool.name > b.pool.name ? 1 : 0
}

/** Takes a candidate into use, or reports why it cannot be and returns it as broken; undefined where nothing is lost. */
export const choose = (candidate: PoolCandidate, inUse: PoolsInUse): BrokenPool | undefined => {
  const { pool, places, problems } = candidate
  const holder = inUse.named(pool.name)
  const clash = inUse.clashOf(pool)
  if (holder === undefined && clash === undefined) {
    inUse.take(pool)
    return undefined
  }
  const other = clash?.owner.pool ?? holder ?? pool
  const place = places[clash?.entry ?? 0] ?? "spec.addresses"
  const entry = pool.written[clash?.entry ?? 0] ?? ""
  const otherEntry = clash?.owner.entry ?? ""
  const what =
    clash === undefined
      ? `pool ${pool.name} has the name of ${kindOf(other)} ${other.name}`
      : `${entry} overlaps with already defined CIDR ${otherEntry} of ${kindOf(other)} ${other.name}`
  const facts = { pool: pool.name, entry, other: other.name, otherEntry }
  if (pool.source === "legacy" && other.source === "resource") {
    problems.warning("ML214", place, `${what}; the resource is used and the pool of the ConfigMap is left out`, facts)
    if (inUse.covers(pool)) return undefined
  } else {
    const why = pool.source === "resource" ? "which is older" : "which stands above it"
    const reason = clash === undefined ? "ML215" : "ML213"
    problems.error(reason, place, `${what}, ${why} and stays in use; pool ${pool.name} is left out`, facts)
  }
  return { name: pool.name, source: pool.source, ...(pool.protocol ? { protocol: pool.protocol } : {}), problems }
}

const kindOf = (pool: Pool): string => (pool.source === "resource" ? "IPAddressPool" : "ConfigMap pool")
