import type { L2AdvertisementResource } from "../model.ts"
import type { BrokenPool } from "./candidate.ts"
import type { Config, L2Advertisement, Pool } from "./model.ts"
import type { Problems } from "./problem.ts"
import { impliedAdvertisement, readL2Advertisement } from "./read-l2.ts"
import type { KnownPools } from "./resolve-pools.ts"

type PoolsJudged = {
  readonly known: KnownPools
  readonly inUse: readonly Pool[]
  /** Pools that exist and are not in use. */
  readonly missing: readonly BrokenPool[]
  readonly lastGood: Config | undefined
}

/**
 * Judges the L2Advertisements, given in order of name, and adds what the ConfigMap's pools imply. undefined: they were not read, and
 * those that were in use stay.
 */
export const judgeAdvertisements = (
  resources: readonly L2AdvertisementResource[] | undefined,
  { known, inUse, missing, lastGood }: PoolsJudged,
): { advertisements: readonly L2Advertisement[]; broken: readonly string[]; problems: readonly Problems[] } => {
  const kept = resources === undefined ? (lastGood?.l2Advertisements ?? []) : []
  const advertisements: L2Advertisement[] = kept.filter(({ source }) => source === "resource")
  const broken: string[] = []
  const allProblems: Problems[] = []
  for (const resource of resources ?? []) {
    const { advertisement, problems } = readL2Advertisement(resource, known)
    const { name } = resource
    const before = lastGood?.l2Advertisements.find(other => other.name === name && other.source === "resource")
    const used = advertisement ?? before
    if (used === undefined) broken.push(name)
    else advertisements.push(used)
    if (advertisement === undefined) {
      problems.conclude(
        before ? "the last valid version stays in use" : "addresses announced by it before stay announced",
      )
    }
    allProblems.push(problems)
  }
  const implied = [...inUse.filter(pool => pool.source === "legacy"), ...missing]
    .filter(pool => pool.source === "legacy" && pool.protocol === "layer2")
    .map(pool => pool.name)
  advertisements.push(...[...new Set(implied)].map(impliedAdvertisement))
  return { advertisements: advertisements.sort(byNameAndSource), broken, problems: allProblems }
}

const byNameAndSource = (a: L2Advertisement, b: L2Advertisement): number => {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return a.source === b.source ? 0 : a.source === "resource" ? -1 : 1
}
