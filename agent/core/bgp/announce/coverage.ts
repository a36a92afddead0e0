import { recordedPool } from "../../allocate/annotations.ts"
import { poolDoubtOf, takenOverDoubtOf } from "../../allocate/doubt.ts"
import { poolContaining } from "../../announce/context.ts"
import { localPrefsConflict } from "../../config/bgp/local-pref.ts"
import type { BgpAdvertisement } from "../../config/bgp/model.ts"
import { selectsNode } from "../../config/bgp/nodes.ts"
import type { Address } from "../../ip/address.ts"
import { formatAddress } from "../../ip/format.ts"
import { matchesAny } from "../../labels/match.ts"
import type { IpFamily, Service } from "../../model.ts"
import type { Facts, Step, Trace } from "../../outcome.ts"
import type { ReasonCode } from "../../reasons.ts"
import type { NodePolicy } from "./policy.ts"

/** Which advertisements announce the addresses of a service from this node. */
export type BgpCoverage =
  | {
      readonly ok: true
      readonly pool: string
      readonly advertisements: readonly BgpAdvertisement[]
      readonly trace: Trace
    }
  | { readonly ok: false; readonly reason: ReasonCode; readonly facts: Facts; readonly trace: Trace }

/**
 * The first three rows of MetalLB's list: an advertisement of the pool selects the node, one of these the service, and no two of them
 * ask for one route with two preferences. An address of a pool that cannot be read stays announced as the advertisements
 * that name the pool say; without one it is announced to nobody, since a route without its communities may go where it must not.
 */
export const bgpCoverageOf = (service: Service, addresses: readonly Address[], policy: NodePolicy): BgpCoverage => {
  const pool = poolOf(service, addresses, policy)
  if (pool === undefined) return no("ML314", { addresses: addresses.map(formatAddress) })
  const known = policy.advertisements.get(pool) ?? []
  if (known.length === 0) return nothingNames(pool, policy)
  const steps = known.map(advertisement => judged(advertisement, service, policy))
  const trace = steps.map(({ step }) => step)
  const facts = { pool, node: policy.node.name, advertisements: known.slice(0, 16).map(({ name }) => name) }
  if (steps.every(({ step }) => step.reason === "ML402")) return { ...no("ML402", facts), trace }
  const advertisements = steps.flatMap(({ advertisement, step }) => (step.verdict === "chosen" ? [advertisement] : []))
  if (advertisements.length === 0) return { ...no("ML403", facts), trace }
  const conflict = conflictAmong(advertisements, familiesAmong(addresses))
  if (conflict !== undefined) return { ...no("ML404", conflict), trace }
  return { ok: true, pool, advertisements, trace }
}

/** The pool by whose advertisements it goes; in doubt the one that it was given from. */
const poolOf = (
  service: Service,
  addresses: readonly Address[],
  { pools, verdict }: NodePolicy,
): string | undefined => {
  const found = poolContaining(pools, addresses)
  const doubt = found === undefined ? poolDoubtOf(verdict) : takenOverDoubtOf(service, found, verdict)
  return doubt === undefined ? found?.name : recordedPool(service)
}

const nothingNames = (pool: string, { verdict }: NodePolicy): BgpCoverage => {
  const broken = verdict.brokenBgp.advertisements.slice(0, 16)
  return broken.length > 0 ? no("ML412", { pool, advertisements: broken }) : no("ML401", { pool })
}

const judged = (
  advertisement: BgpAdvertisement,
  service: Service,
  { node }: NodePolicy,
): { readonly advertisement: BgpAdvertisement; readonly step: Step } => {
  const { name, nodeSelectors, serviceSelectors } = advertisement
  const step = (verdict: Step["verdict"], reason: ReasonCode) => ({
    advertisement,
    step: {
      subject: `bgpadvertisement/${name}`,
      verdict,
      reason,
      facts: { advertisements: [name], node: node.name },
    },
  })
  if (!selectsNode(nodeSelectors, node.labels)) return step("rejected", "ML402")
  if (serviceSelectors.length > 0 && !matchesAny(serviceSelectors, service.labels)) return step("rejected", "ML403")
  return step("chosen", "ML414")
}

/** All of them select this node, so that nodes keep no two apart. */
const conflictAmong = (
  advertisements: readonly BgpAdvertisement[],
  families: readonly IpFamily[],
): Facts | undefined => {
  for (const [index, a] of advertisements.entries()) {
    for (const b of advertisements.slice(index + 1)) {
      if (!localPrefsConflict(a, b, families, undefined)) continue
      return { advertisements: [a.name, b.name], preferences: [`${a.localPref ?? 0}`, `${b.localPref ?? 0}`] }
    }
  }
  return undefined
}

const familiesAmong = (addresses: readonly Address[]): readonly IpFamily[] => [
  ...new Set(addresses.map(({ family }) => family)),
]

const no = (reason: ReasonCode, facts: Facts): BgpCoverage & { readonly ok: false } => ({
  ok: false,
  reason,
  facts,
  trace: [],
})
