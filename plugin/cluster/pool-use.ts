import { addressesOf, byAllocation, type Claim, claimOf } from "../../agent/core/allocate/claim.ts"
import { countersOf, type PoolCounters } from "../../agent/core/allocate/counters.ts"
import { ledgerFrom, usageOf } from "../../agent/core/allocate/ledger.ts"
import type { Withheld } from "../../agent/core/allocate/withheld.ts"
import { configInputOf } from "../../agent/core/config/from-snapshot.ts"
import { judgeConfig } from "../../agent/core/config/judge.ts"
import type { ConfigVerdict, Pool } from "../../agent/core/config/model.ts"
import { compareAddresses } from "../../agent/core/ip/address.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { rangeContains } from "../../agent/core/ip/range.ts"
import type { ObjectKey } from "../../agent/core/model.ts"
import { withholdAsRead } from "../../agent/core/quarantine/as-read.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import { parseYaml } from "./yaml.ts"

/** An address of a pool and who holds it, in the order that decides between them. */
export type HeldAddress = { readonly address: string; readonly holders: readonly ObjectKey[] }

export type PoolUse = {
  readonly pool: Pool
  readonly counters: PoolCounters
  readonly held: readonly HeldAddress[]
  /** Those of the held addresses that a reservation keeps for their service. */
  readonly reserved: ReadonlySet<string>
  /** Addresses that nobody is given without asking for them, ascending. */
  readonly withheld: readonly Withheld[]
  /** "l2" and "bgp", where an advertisement of that kind covers it. */
  readonly advertised: readonly string[]
  readonly createdAt: number | undefined
}

/** The configuration of a snapshot as the agents judge it, and what is used of it. */
export type ConfigUse = {
  readonly verdict: ConfigVerdict
  readonly pools: readonly PoolUse[]
  /** False where the services could not be read, so that nothing is known of what is used. */
  readonly usageKnown: boolean
}

export const judgeSnapshot = (snapshot: Snapshot): ConfigVerdict => judgeConfig(configInputOf(snapshot), parseYaml)

const readOf = ({ nodes, pools, conflicts = [], reservations = [], readAt, installNamespace }: Snapshot) => ({
  nodes,
  pools: pools.filter(({ namespace }) => namespace === installNamespace),
  conflicts,
  reservations,
  at: readAt,
})

const protocolsOf = ({ name }: Pool, { config: { l2Advertisements, bgp } }: ConfigVerdict): readonly string[] => [
  ...(l2Advertisements.some(({ pools }) => pools.has(name)) ? ["l2"] : []),
  ...(bgp.advertisements.some(({ pools }) => pools.has(name)) ? ["bgp"] : []),
]

/** Every usable pool by name, with its counters and holders. */
export const poolUses = (snapshot: Snapshot): ConfigUse => {
  const verdict = judgeSnapshot(snapshot)
  const ledger = ledgerFrom(snapshot.services, verdict.config, snapshot.loadBalancerClass)
  const all = withholdAsRead(ledger, readOf(snapshot))
  const isHeldByOwner = ({ address, keptFor }: Withheld) =>
    keptFor !== undefined && usageOf(ledger, address) !== undefined
  const reserved = new Set(all.filter(isHeldByOwner).map(({ address }) => formatAddress(address)))
  const withheld = all.filter(one => !isHeldByOwner(one)).sort((a, b) => compareAddresses(a.address, b.address))
  const counters = new Map(countersOf(ledger.table).map(one => [one.pool, one]))
  const pools = verdict.config.pools.flatMap(pool => {
    const counted = counters.get(pool.name)
    if (counted === undefined) return []
    return [
      {
        pool,
        counters: counted,
        held: heldOf(pool, snapshot),
        reserved,
        withheld: withheld.filter(({ address }) => pool.ranges.some(range => rangeContains(range, address))),
        advertised: protocolsOf(pool, verdict),
        createdAt:
          pool.source === "legacy"
            ? snapshot.legacyConfig?.createdAt
            : snapshot.pools.find(({ name }) => name === pool.name)?.createdAt,
      },
    ]
  })
  return { verdict, pools, usageKnown: snapshot.unread.every(({ what }) => what !== "services") }
}

/** Addresses of the pool in the status of services, ascending. */
export const heldOf = (pool: Pick<Pool, "ranges">, { services }: Snapshot): readonly HeldAddress[] => {
  const held = new Map<string, { readonly value: bigint; readonly holders: Claim[] }>()
  for (const service of services)
    for (const address of addressesOf(service)) {
      if (!pool.ranges.some(range => rangeContains(range, address))) continue
      const text = formatAddress(address)
      const entry = held.get(text) ?? { value: address.value, holders: [] }
      entry.holders.push(claimOf(service, true))
      held.set(text, entry)
    }
  return [...held]
    .sort(([, a], [, b]) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
    .map(([address, { holders }]) => ({
      address,
      holders: holders.sort(byAllocation).map(({ service }) => service),
    }))
}
