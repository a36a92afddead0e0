import { formatSelector } from "../labels/format.ts"
import { matchesAny } from "../labels/match.ts"
import type { L2AdvertisementResource, LabelMap } from "../model.ts"
import type { L2Advertisement } from "./model.ts"
import { Problems } from "./problem.ts"
import { checkRepeats, checkSelector, checkSelectors } from "./selectors.ts"

/** The pools that exist, usable or not: a pool that cannot be read keeps the advertisements of the addresses it gave. */
export type KnownPools = {
  /** IPAddressPools by name, with their labels. */
  readonly resources: ReadonlyMap<string, LabelMap>
  /** Names of the ConfigMap's pools. */
  readonly legacy: ReadonlySet<string>
}

export type ReadL2 = { readonly advertisement: L2Advertisement | undefined; readonly problems: Problems }

/** Judges one L2Advertisement and resolves its pools; `advertisement` is undefined where it cannot be used. */
export const readL2Advertisement = (resource: L2AdvertisementResource, known: KnownPools): ReadL2 => {
  const problems = new Problems("l2advertisement", resource)
  for (const { field, message } of resource.malformed ?? []) problems.error("ML201", field, message)
  checkRepeats("spec.ipAddressPools", resource.ipAddressPools, problems)
  checkSelectors("spec.ipAddressPoolSelectors", resource.ipAddressPoolSelectors, problems)
  checkSelectors("spec.nodeSelectors", resource.nodeSelectors, problems)
  checkSelectors("spec.serviceSelectors", resource.serviceSelectors, problems)
  for (const [index, { weight, preference }] of resource.preferredNodeSelectors.entries()) {
    const field = `spec.preferredNodeSelectors[${index}]`
    checkSelector(`${field}.preference`, preference, problems)
    if (weight < 1 || weight > 100) {
      problems.error("ML232", `${field}.weight`, `${weight} is no weight; allowed are 1 to 100`)
    }
  }
  const pools = resolvePools(resource, known, problems)
  const advertisement: L2Advertisement = {
    name: resource.name,
    source: "resource",
    pools,
    nodeSelectors: resource.nodeSelectors,
    serviceSelectors: resource.serviceSelectors,
    interfaces: resource.interfaces,
    preferredNodeSelectors: resource.preferredNodeSelectors,
  }
  return { advertisement: problems.broken ? undefined : advertisement, problems }
}

/**
 * Names and selectors together; both lists empty mean every IPAddressPool. A selector list that matches nothing selects no
 * pool, as in MetalLB. A name without a pool is kept: the pool may be one that cannot be read at the moment.
 */
const resolvePools = (
  { ipAddressPools, ipAddressPoolSelectors }: L2AdvertisementResource,
  known: KnownPools,
  problems: Problems,
): ReadonlySet<string> => {
  if (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0)
    return new Set([...known.resources.keys()].sort())
  for (const [index, name] of ipAddressPools.entries()) {
    if (known.resources.has(name) || known.legacy.has(name)) continue
    const field = `spec.ipAddressPools[${index}]`
    problems.warning("ML230", field, `there is no pool "${name}"`, { pool: name })
  }
  const selected = [...known.resources].filter(([, labels]) => matchesAny(ipAddressPoolSelectors, labels))
  if (selected.length === 0 && ipAddressPoolSelectors.length > 0) {
    const field = "spec.ipAddressPoolSelectors"
    const selectors = ipAddressPoolSelectors.map(formatSelector)
    problems.warning("ML231", field, `no IPAddressPool matches ${selectors.join(" or ")}`, { selectors })
  }
  return new Set([...ipAddressPools, ...selected.map(([name]) => name)].sort())
}

/** What a pool of the ConfigMap with protocol layer2 implies: announced by every node, on every interface. */
export const impliedAdvertisement = (pool: string): L2Advertisement => ({
  name: pool,
  source: "legacy",
  pools: new Set([pool]),
  nodeSelectors: [],
  serviceSelectors: [],
  interfaces: [],
  preferredNodeSelectors: [],
})
