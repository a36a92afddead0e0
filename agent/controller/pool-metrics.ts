import { recordedPool } from "../core/allocate/annotations.ts"
import { type PoolCounters, saturate } from "../core/allocate/counters.ts"
import type { IpFamily, Service } from "../core/model.ts"
import type { Metrics } from "../ports/metrics.ts"

export type PoolMetrics = {
  /** Shows the counters of these pools and forgets those of all others. */
  readonly show: (pools: readonly PoolCounters[]) => void
}

/** The allocator's series under MetalLB's names. */
export const poolMetrics = (metrics: Metrics): PoolMetrics => {
  const gauge = (name: string, help: string) => metrics.gauge(`metallb_allocator_${name}`, help)
  const total = gauge("addresses_total", "Addresses that a pool can give.")
  const inUse = gauge("addresses_in_use_total", "Addresses of a pool that are held.")
  const byFamily: Readonly<Record<IpFamily, readonly [typeof total, typeof total]>> = {
    IPv4: [
      gauge("ipv4_addresses_total", "IPv4 addresses that a pool can give."),
      gauge("ipv4_addresses_in_use_total", "IPv4 addresses of a pool that are held."),
    ],
    IPv6: [
      gauge("ipv6_addresses_total", "IPv6 addresses that a pool can give."),
      gauge("ipv6_addresses_in_use_total", "IPv6 addresses of a pool that are held."),
    ],
  }
  const all = [total, inUse, ...byFamily.IPv4, ...byFamily.IPv6]
  let shown = new Set<string>()
  return {
    show: pools => {
      const now = new Set(pools.map(({ pool }) => pool))
      for (const pool of shown) if (!now.has(pool)) for (const each of all) each.remove({ pool })
      shown = now
      for (const { pool, families, total: sum } of pools) {
        total.set(saturate(sum.size), { pool })
        inUse.set(saturate(sum.used), { pool })
        for (const family of ["IPv4", "IPv6"] as const) {
          const counts = families.find(each => each.family === family)
          byFamily[family][0].set(saturate(counts?.size ?? 0n), { pool })
          byFamily[family][1].set(saturate(counts?.used ?? 0n), { pool })
        }
      }
    },
  }
}

/** Counts the services of each pool when somebody asks; MetalLB has the name, and never sets it. */
export const allocatedServices = (metrics: Metrics, services: () => Iterable<Service>): void => {
  const gauge = metrics.gauge("metallb_allocator_services_allocated_total", "Services that have addresses from a pool.")
  let shown = new Set<string>()
  metrics.beforeText(() => {
    const counts = new Map<string, number>()
    for (const service of services()) {
      const pool = service.ingress.length > 0 ? recordedPool(service) : undefined
      if (pool !== undefined) counts.set(pool, (counts.get(pool) ?? 0) + 1)
    }
    for (const pool of shown) if (!counts.has(pool)) gauge.remove({ pool })
    for (const [pool, count] of counts) gauge.set(count, { pool })
    shown = new Set(counts.keys())
  })
}
