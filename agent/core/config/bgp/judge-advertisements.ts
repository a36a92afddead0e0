import { familiesOf } from "../../ip/range.ts"
import type { BgpAdvertisementResource } from "../../model-bgp.ts"
import type { Pool } from "../model.ts"
import type { Problems } from "../problem.ts"
import { aggregationMisfit } from "./aggregation.ts"
import { localPrefsConflict } from "./local-pref.ts"
import type { BgpAdvertisement, BgpConfig } from "./model.ts"
import type { KnownNodes } from "./nodes.ts"
import type { AdvertisementNames } from "./read-advertisement.ts"
import { readBgpAdvertisement } from "./read-advertisement.ts"
import type { Written } from "./written.ts"

export type AdvertisementsJudged = {
  readonly names: AdvertisementNames
  /** Pools in use. */
  readonly pools: readonly Pool[]
  readonly nodes: KnownNodes
  readonly lastGood: BgpConfig | undefined
}

/**
 * The advertisements in use; what does not fit a pool concerns that pool alone, so that no route is lost. `broken` are
 * those without a version to use.
 */
export const judgeBgpAdvertisements = (
  written: readonly Written<BgpAdvertisementResource>[],
  { names, pools, nodes, lastGood }: AdvertisementsJudged,
): { readonly advertisements: readonly BgpAdvertisement[]; readonly broken: readonly string[] } => {
  const inUse = new Map(pools.map(pool => [pool.name, pool]))
  const advertisements: BgpAdvertisement[] = []
  const left: Written<BgpAdvertisementResource>[] = []
  const take = (advertisement: BgpAdvertisement, problems: Problems) => {
    const peaceful = withoutConflicts(advertisement, { inUse, advertisements, nodes, problems })
    advertisements.push(withHostRoutes(peaceful, inUse, problems))
  }
  for (const object of written) {
    const fresh = readBgpAdvertisement(object.resource, object.source, names, object.problems)
    if (fresh === undefined) left.push(object)
    else take(fresh, object.problems)
  }
  const broken = left.flatMap(({ resource: { name }, source, problems }) => {
    const before = lastGood?.advertisements.find(other => other.name === name && other.source === source)
    problems.conclude(before ? "the last valid version stays in use" : "it announces nothing until it is mended")
    if (before !== undefined) take(before, problems)
    return before === undefined ? [name] : []
  })
  return { advertisements: advertisements.sort(byNameAndSource), broken: [...new Set(broken)].sort() }
}

type Company = {
  readonly inUse: ReadonlyMap<string, Pool>
  /** Those before it, which win. */
  readonly advertisements: readonly BgpAdvertisement[]
  readonly nodes: KnownNodes
  readonly problems: Problems
}

/**
 * Leaves the pools out for which an advertisement before it sends the same routes with another local preference. Those
 * with serviceSelectors are compared where services are known.
 */
const withoutConflicts = (
  advertisement: BgpAdvertisement,
  { inUse, advertisements, nodes, problems }: Company,
): BgpAdvertisement => {
  if (advertisement.serviceSelectors.length > 0) return advertisement
  const left = new Set<string>()
  for (const name of advertisement.pools) {
    const pool = inUse.get(name)
    const families = pool === undefined ? [] : familiesOf(pool.ranges)
    const other = advertisements.find(
      other =>
        families.length > 0 &&
        other.pools.has(name) &&
        other.serviceSelectors.length === 0 &&
        localPrefsConflict(other, advertisement, families, nodes),
    )
    if (other === undefined) left.add(name)
    else {
      const message =
        `${advertisement.localPref ?? 0} conflicts with localPref ${other.localPref ?? 0} of BGPAdvertisement ${other.name}, ` +
        `which sends the same routes of pool ${name} and is used for it`
      problems.error("ML263", "spec.localPref", message, { pool: name, other: other.name })
    }
  }
  return left.size === advertisement.pools.size ? advertisement : { ...advertisement, pools: left }
}

const withHostRoutes = (
  advertisement: BgpAdvertisement,
  inUse: ReadonlyMap<string, Pool>,
  problems: Problems,
): BgpAdvertisement => {
  const misfits = new Set<string>()
  for (const name of advertisement.pools) {
    const pool = inUse.get(name)
    const misfit = pool === undefined ? undefined : aggregationMisfit(pool, advertisement)
    if (misfit === undefined) continue
    misfits.add(name)
    const { entry, length, prefix, v6 } = misfit
    const words = `invalid aggregation length ${length}: prefix ${prefix} in this pool is more specific than the aggregation length for addresses ${entry}`
    const message = `${words}; the addresses of pool ${name} are announced one by one instead`
    const field = v6 ? "spec.aggregationLengthV6" : "spec.aggregationLength"
    problems.error("ML261", field, message, { pool: name, prefix }, words)
  }
  return { ...advertisement, hostRoutesOnly: misfits }
}

const byNameAndSource = (a: BgpAdvertisement, b: BgpAdvertisement): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.source === b.source ? 0 : a.source === "resource" ? -1 : 1
