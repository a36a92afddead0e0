import type { IpFamily } from "../model.ts"
import type { PoolEntry, PoolTable } from "./pool-table.ts"

/**
 * How many addresses a pool can give, how many of them are held, and how many of the rest are free; those that are withheld
 * are neither. Exact; a shared address counts once.
 */
export type Counts = { readonly size: bigint; readonly used: bigint; readonly free: bigint }

export type PoolCounters = {
  readonly pool: string
  /** Only families that the pool has addresses of. */
  readonly families: readonly (Counts & { readonly family: IpFamily })[]
  readonly total: Counts
}

/** Counters of every pool, by name. Constant time for each: nothing is walked. */
export const countersOf = (table: PoolTable): readonly PoolCounters[] =>
  table.config.pools.flatMap(pool => {
    const entry = table.byName.get(pool.name)
    return entry === undefined ? [] : [countersOfPool(entry)]
  })

export const countersOfPool = (entry: PoolEntry): PoolCounters => {
  const families = (["IPv4", "IPv6"] as const).flatMap(family => {
    const { space, taken, withheld } = entry.shelves[family]
    if (space.segments.length === 0) return []
    return [{ family, size: space.size, used: taken.count - BigInt(withheld.size), free: space.size - taken.count }]
  })
  const sum = (what: keyof Counts): bigint => families.reduce((total, counts) => total + counts[what], 0n)
  return { pool: entry.pool.name, families, total: { size: sum("size"), used: sum("used"), free: sum("free") } }
}

/**
 * The counters of IPAddressPool.status, int64 each; what is larger says int64's maximum (MetalLB wraps or subtracts
 * from it).
 */
export type PoolStatus = {
  readonly assignedIPv4: bigint
  readonly assignedIPv6: bigint
  readonly availableIPv4: bigint
  readonly availableIPv6: bigint
}

export const statusOf = (counters: PoolCounters): PoolStatus => {
  const of = (family: IpFamily) => counters.families.find(counts => counts.family === family)
  return {
    assignedIPv4: saturate(of("IPv4")?.used ?? 0n),
    assignedIPv6: saturate(of("IPv6")?.used ?? 0n),
    availableIPv4: saturate(of("IPv4")?.free ?? 0n),
    availableIPv6: saturate(of("IPv6")?.free ?? 0n),
  }
}

const maxInt64 = 9223372036854775807n

/** Caps a count at int64's maximum, which is what the API can carry. */
export const saturate = (count: bigint): bigint => (count > maxInt64 ? maxInt64 : count)
