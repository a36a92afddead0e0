import { type ConfigVerdict, knowsEveryPool } from "../config/model.ts"

/**
 * Why an address that lies in no pool may still belong to one, as a phrase; undefined where the valid configuration is
 * all there is, so that it excludes the address on purpose. No pool at all is a doubt too: it is what a start before
 * the pools exist, or an installation taken apart, looks like.
 */
export const poolDoubtOf = (verdict: ConfigVerdict): string | undefined => {
  if (!knowsEveryPool(verdict)) {
    const broken = verdict.brokenPools.slice(0, 3).join(", ")
    return verdict.legacyBroken ? "the ConfigMap cannot be read" : `pool ${broken} cannot be used as it is written`
  }
  return verdict.config.pools.length === 0 ? "there is no pool" : undefined
}

/** The same for a pool that no advertisement covers. */
export const advertisementDoubtOf = (verdict: ConfigVerdict): string | undefined => {
  const broken = verdict.brokenAdvertisements.slice(0, 3).join(", ")
  if (broken !== "") return `l2advertisement ${broken} cannot be used as it is written`
  return verdict.legacyBroken ? "the ConfigMap cannot be read" : undefined
}
