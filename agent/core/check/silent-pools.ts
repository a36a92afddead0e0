import type { Config, Problem } from "../config/model.ts"
import { Problems } from "../config/problem.ts"

/** Pools whose addresses no advertisement announces: they are given, and nobody is told. */
export const silentPools = ({ pools, l2Advertisements, bgp }: Config, namespace: string): readonly Problem[] => {
  const told = new Set([...l2Advertisements, ...bgp.advertisements].flatMap(advertisement => [...advertisement.pools]))
  return pools
    .filter(({ name }) => !told.has(name))
    .flatMap(({ name, source }) => {
      const problems = new Problems(source === "legacy" ? "configmap" : "ipaddresspool", {
        name: source === "legacy" ? "config" : name,
        namespace,
      })
      const message = `no L2Advertisement and no BGPAdvertisement names pool ${name}: its addresses reach nobody`
      problems.warning("ML310", "spec", message, { pool: name })
      return problems.found
    })
}
