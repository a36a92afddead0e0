import { type Config, type ConfigVerdict, knowsEveryPool, type Pool } from "../config/model.ts"
import { printOf } from "../config/print.ts"
import type { Service } from "../model.ts"
import { recordedPool } from "./annotations.ts"
import { refusalOf } from "./eligible.ts"

/** What may speak for an address that the pools in use speak against. */
export type Doubts = {
  /** From `poolDoubtOf`: why an address outside every pool may not be cleared; undefined where it may. */
  readonly doubt: string | undefined
  /** For `takenOverDoubtOf`; left out where no pool is broken. */
  readonly verdict?: ConfigVerdict | undefined
}

/**
 * Why an address that lies in no pool may still belong to one, as a phrase; undefined where the valid configuration is
 * all there is, so that it excludes the address on purpose. No pool at all is a doubt too: it is what a start before
 * the pools exist, or an installation taken apart, looks like.
 */
export const poolDoubtOf = (verdict: ConfigVerdict): string | undefined => {
  if (verdict.legacyBroken) return "the ConfigMap cannot be read"
  if (verdict.brokenPools.length > 0) return brokenPhrase(verdict.brokenPools)
  if (!knowsEveryPool(verdict)) return "IPAddressPools cannot be read"
  return verdict.config.pools.length === 0 ? "there is no pool" : undefined
}

/**
 * The same for a pool that no L2Advertisement covers. Where a whole kind was not read, one that is announced over BGP was
 * hardly meant for the link too.
 */
export const advertisementDoubtOf = (verdict: ConfigVerdict, pool: string): string | undefined => {
  const broken = verdict.brokenAdvertisements.slice(0, 3).join(", ")
  if (broken !== "") return `l2advertisement ${broken} cannot be used as it is written`
  if (verdict.legacyBroken) return "the ConfigMap cannot be read"
  const unread = verdict.unread.at(-1)
  if (unread === undefined || isMeantForRouters(verdict.config, pool)) return undefined
  return `${unread} cannot be read`
}

/**
 * Whether nothing was ever said of a link: routers are told addresses, no L2Advertisement is there, valid or not, and no part of the configuration
 * that could have one is unknown. Then an address in doubt is left to BGP. `pool` is the one that gave it; where it is broken, a BGPAdvertisement has to name it.
 */
export const isForRoutersAlone = (verdict: ConfigVerdict, pool: string): boolean => {
  const { config, brokenAdvertisements, brokenPools, legacyBroken, unread } = verdict
  if (config.l2Advertisements.length > 0 || brokenAdvertisements.length > 0) return false
  if (legacyBroken || unread.length > 0) return false
  const { advertisements } = config.bgp
  return brokenPools.length === 0 ? advertisements.length > 0 : names(advertisements, pool)
}

/**
 * Why an address may still belong to the pool that it was given from, though another one has it: that pool exists and is broken
 * (the usual case is an older pool that was edited over it), and `found` refuses the service or is not announced by a protocol
 * that announces the other. undefined where nothing is lost by taking the address for one of `found`.
 */
export const takenOverDoubtOf = (service: Service, found: Pool, verdict: ConfigVerdict): string | undefined => {
  const doubt = brokenRecordDoubtOf(service, found, verdict)
  if (doubt === undefined) return undefined
  const recorded = recordedPool(service) ?? ""
  const loses = refusalOf(found, service) !== undefined || isQuieter(verdict.config, found.name, recorded)
  return loses ? doubt : undefined
}

/** Why an address in `found` may be of another pool at all: the one that is recorded is broken. */
export const brokenRecordDoubtOf = (
  service: Service,
  found: Pool,
  { brokenPools }: ConfigVerdict,
): string | undefined => {
  if (brokenPools.length === 0) return undefined
  const recorded = recordedPool(service)
  if (recorded === undefined || recorded === found.name || !brokenPools.includes(recorded)) return undefined
  return brokenPhrase([recorded])
}

/**
 * All that allocation reads of a configuration, as a text: while it is the same, nobody who waits can gain and nobody can lose.
 * Which pools are announced matters only beside a broken one.
 */
export const allocationPrint = (verdict: ConfigVerdict): string => {
  const { config, brokenPools } = verdict
  const announced = (advertisements: readonly { readonly pools: ReadonlySet<string> }[]) =>
    new Set(advertisements.flatMap(({ pools }) => [...pools]))
  const beside = [config.l2Advertisements, config.bgp.advertisements].map(announced)
  return printOf([config.pools, poolDoubtOf(verdict) ?? null, brokenPools, brokenPools.length === 0 ? [] : beside])
}

const isQuieter = ({ l2Advertisements, bgp }: Config, found: string, recorded: string): boolean =>
  [l2Advertisements, bgp.advertisements].some(list => names(list, recorded) && !names(list, found))

const isMeantForRouters = ({ pools, bgp }: Config, name: string): boolean =>
  names(bgp.advertisements, name) || pools.some(pool => pool.name === name && pool.protocol === "bgp")

const names = (advertisements: readonly { readonly pools: ReadonlySet<string> }[], pool: string): boolean =>
  advertisements.some(({ pools }) => pools.has(pool))

const brokenPhrase = (pools: readonly string[]): string =>
  `pool ${pools.slice(0, 3).join(", ")} cannot be used as it is written`
