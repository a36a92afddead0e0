import { addressesOf, keyOf } from "../../allocate/claim.ts"
import { canServe } from "../../announce/candidates.ts"
import { carriedByOthers, carriedOf } from "../../announce/carriers.ts"
import { silenceOf } from "../../announce/silence.ts"
import { formatAddress } from "../../ip/format.ts"
import type { Endpoint, Service } from "../../model.ts"
import type { Facts, Outcome, Step } from "../../outcome.ts"
import { noHolds, type RouteHolds } from "../../probe/route-checks.ts"
import type { ReasonCode } from "../../reasons.ts"
import { type Contribution, contributionOf } from "./contribution.ts"
import { bgpCoverageOf } from "./coverage.ts"
import { peersOf } from "./peers.ts"
import type { NodePolicy } from "./policy.ts"

/** What a service is told to which peers. */
export type Advertised = {
  /** At least one; what the peers' families and the lists of the advertisements leave is in `peers`. */
  readonly contributions: readonly Contribution[]
  /** Peers that get a route, by name. */
  readonly peers: readonly { readonly peer: string; readonly routes: readonly string[] }[]
}

/**
 * What a node tells its peers of one service, in MetalLB's order of conditions; the trace has a step for each advertisement of the pool
 * and each peer. It depends on nothing but its arguments: no other service has a part in it. `holds`: addresses that no router is told of
 * yet.
 */
export const decideService = (
  service: Service,
  endpoints: readonly Endpoint[],
  policy: NodePolicy,
  holds: RouteHolds = noHolds,
): Outcome<Advertised> => {
  const silent = silenceOf(service, policy.loadBalancerClass)
  if (silent !== undefined) return no(silent.reason, silent.facts)
  const addresses = addressesOf(service)
  const coverage = bgpCoverageOf(service, addresses, policy)
  if (!coverage.ok) return coverage
  const { advertisements, pool } = coverage
  const refusal = nodeRefusal(policy) ?? endpointRefusal(service, endpoints, policy)
  if (refusal !== undefined) return no(refusal, { node: policy.node.name }, coverage.trace)
  const elsewhere = carriedByOthers(carriedOf(addresses, policy.carriers), policy.node.name)
  if (elsewhere !== undefined) return no("ML327", elsewhere, coverage.trace)
  const free = holds.size === 0 ? addresses : addresses.filter(address => !holds.has(formatAddress(address)))
  const [held] = addresses.flatMap(address => holds.get(formatAddress(address)) ?? [])
  if (held !== undefined && free.length === 0) return no(held.reason, held.facts, coverage.trace)
  const key = keyOf(service)
  const here = service.externalTrafficPolicy === "Local" ? servingAt(policy.node.name, endpoints) : undefined
  const contributions = free.flatMap(address =>
    advertisements.map(advertisement => contributionOf(key, advertisement, { pool, address, endpoints: here })),
  )
  const { peers, trace } = peersOf(contributions, policy)
  const steps = [...coverage.trace, ...trace]
  const facts = { node: policy.node.name, pool, peers: peers.map(({ peer }) => peer) }
  if (peers.length === 0) return no(policy.peers.length === 0 ? "ML405" : "ML413", facts, steps)
  const routes = [...new Set(peers.flatMap(({ routes }) => routes))]
  const own: Step = {
    subject: `node/${policy.node.name}`,
    verdict: "chosen",
    reason: policy.handover.phase === "shutdown" ? "ML408" : "ML400",
    facts: { ...facts, routes },
  }
  return { ok: true, value: { contributions, peers }, reason: own.reason, trace: [own, ...steps] }
}

const nodeRefusal = ({ node, excluded, handover }: NodePolicy): ReasonCode | undefined => {
  if (node.networkUnavailable) return "ML307"
  if (excluded) return "ML308"
  return handover.phase === "withdrawn" ? "ML409" : undefined
}

/** A pod with addresses of both families is counted once. */
const servingAt = (node: string, endpoints: readonly Endpoint[]): number => {
  const local = endpoints.filter(endpoint => endpoint.nodeName === node && canServe(endpoint))
  const ofIPv6 = local.filter(({ family }) => family === "IPv6").length
  return Math.max(ofIPv6, local.length - ofIPv6)
}

const endpointRefusal = (
  { externalTrafficPolicy }: Service,
  endpoints: readonly Endpoint[],
  { node }: NodePolicy,
): ReasonCode | undefined => {
  const serving = endpoints.filter(canServe)
  if (externalTrafficPolicy === "Local" && !serving.some(({ nodeName }) => nodeName === node.name)) return "ML302"
  return serving.length === 0 ? "ML312" : undefined
}

const no = (reason: ReasonCode, facts: Facts, trace: readonly Step[] = []): Outcome<never> => ({
  ok: false,
  reason,
  facts,
  trace,
})
