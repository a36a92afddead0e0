import type { L2AdvertisementResource } from "../model.ts"
import type { L2Advertisement } from "./model.ts"
import { Problems } from "./problem.ts"
import type { KnownPools } from "./resolve-pools.ts"
import { resolvePools } from "./resolve-pools.ts"
import { checkRepeats, checkSelector, checkSelectors } from "./selectors.ts"

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
