import { formatSelector } from "../labels/format.ts"
import { matchesAny } from "../labels/match.ts"
import type { LabelMap, LabelSelector } from "../model.ts"
import type { Problems } from "./problem.ts"

/** The pools that exist, usable or not: a pool that cannot be read keeps the advertisements of the addresses it gave. */
export type KnownPools = {
  /** IPAddressPools by name, with their labels. */
  readonly resources: ReadonlyMap<string, LabelMap>
  /** False where IPAddressPools were not read: no name and no selector is doubted then. */
  readonly resourcesRead: boolean
  /** Names of the ConfigMap's pools. */
  readonly legacy: ReadonlySet<string>
}

/** Which pools an advertisement of either protocol asks for. */
export type PoolWishes = {
  readonly ipAddressPools: readonly string[]
  readonly ipAddressPoolSelectors: readonly LabelSelector[]
}

/**
 * Names and selectors together; both lists empty mean every IPAddressPool. A selector list that matches nothing selects no
 * pool, as in MetalLB. A name without a pool is kept: the pool may be one that cannot be read at the moment.
 */
export const resolvePools = (
  { ipAddressPools, ipAddressPoolSelectors }: PoolWishes,
  known: KnownPools,
  problems: Problems,
): ReadonlySet<string> => {
  if (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0)
    return new Set([...known.resources.keys()].sort())
  for (const [index, name] of ipAddressPools.entries()) {
    if (!known.resourcesRead || known.resources.has(name) || known.legacy.has(name)) continue
    const field = `spec.ipAddressPools[${index}]`
    problems.warning("ML230", field, `there is no pool "${name}"`, { pool: name })
  }
  const selected = [...known.resources].filter(([, labels]) => matchesAny(ipAddressPoolSelectors, labels))
  if (known.resourcesRead && selected.length === 0 && ipAddressPoolSelectors.length > 0) {
    const field = "spec.ipAddressPoolSelectors"
    const selectors = ipAddressPoolSelectors.map(formatSelector)
    problems.warning("ML231", field, `no IPAddressPool matches ${selectors.join(" or ")}`, { selectors })
  }
  return new Set([...ipAddressPools, ...selected.map(([name]) => name)].sort())
}
