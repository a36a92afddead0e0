import { formatAddress } from "../ip/format.ts"
import type { IpFamily, Service } from "../model.ts"
import { recordedPool } from "./annotations.ts"
import { addressesOf } from "./claim.ts"
import type { PoolStatus } from "./counters.ts"
import { locate, type PoolTable } from "./pool-table.ts"

/**
 * The counters of a pool that exists and cannot be used: what services hold is known by their records alone, and nothing can be
 * given. An address that lies in a pool that can be used is counted there.
 */
export const statusByRecords = (pool: string, services: Iterable<Service>, table: PoolTable): PoolStatus => {
  const held: Readonly<Record<IpFamily, Set<string>>> = { IPv4: new Set(), IPv6: new Set() }
  for (const service of services) {
    if (recordedPool(service) !== pool) continue
    for (const address of addressesOf(service)) {
      if (locate(table, address) === undefined) held[address.family].add(formatAddress(address))
    }
  }
  return {
    assignedIPv4: BigInt(held.IPv4.size),
    assignedIPv6: BigInt(held.IPv6.size),
    availableIPv4: 0n,
    availableIPv6: 0n,
  }
}
