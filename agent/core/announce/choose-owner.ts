import { addressesOf, keyOf } from "../allocate/claim.ts"
import { servesClass } from "../allocate/ledger.ts"
import type { L2Advertisement } from "../config/model.ts"
import type { Crypto } from "../crypto.ts"
import { formatAddress } from "../ip/format.ts"
import type { Service } from "../model.ts"
import type { Facts, Outcome, Step } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { type Candidate, candidates, canServe } from "./candidates.ts"
import type { AnnounceContext } from "./context.ts"
import { coverageOf } from "./coverage.ts"
import { ordered } from "./order.ts"

/** Names of interfaces, sorted, or all of the node's. */
export type Interfaces = readonly string[] | "all"

export type Ownership = {
  readonly node: string
  readonly interfaces: Interfaces
  /** The other eligible nodes in the order in which they take over. */
  readonly standby: readonly string[]
  /** False where no node is known to be alive, so that the owner announces only if it still runs. */
  readonly certain: boolean
  /** Why it is announced though no valid object says so; undefined in the ordinary case. */
  readonly doubt: string | undefined
}

/**
 * Which node announces the addresses of one service, judged by itself; sharing with other services is `announcements`'
 * matter. Every node is a step of the trace: by rank, then the rejected ones by name. Where nothing but liveness speaks
 * against the nodes, none of which is known to be alive, the first in the order is named all the same: whoever still
 * runs goes on, and a control plane that has lost sight of its nodes takes no address down.
 */
export const chooseOwner = (service: Service, context: AnnounceContext, crypto: Crypto): Outcome<Ownership> => {
  const silent = silenceOf(service, context)
  if (silent !== undefined) return silent
  const addresses = addressesOf(service)
  const coverage = coverageOf(service, addresses, context)
  if (!coverage.ok) return no(coverage.reason, coverage.facts)
  const endpoints = context.endpoints.get(keyOf(service)) ?? []
  if (!endpoints.some(canServe)) return no("ML312")
  const [first] = addresses
  if (first === undefined) return no("ML011")
  const all = candidates(service, coverage.advertisements, endpoints, context)
  const allowed = all.filter(candidate => candidate.excluded === undefined)
  const alive = allowed.filter(candidate => candidate.lifeless === undefined)
  const certain = alive.length > 0
  const contenders = certain ? alive : allowed.filter(candidate => candidate.lifeless?.reason !== "ML305")
  const ranked = ordered(contenders, formatAddress(first), crypto)
  const [owner, ...standby] = ranked
  if (owner === undefined) return { ...no("ML316"), trace: all.map(rejection) }
  const chosen = certain ? "ML300" : "ML317"
  const rejected = all.filter(candidate => !ranked.includes(candidate))
  return {
    ok: true,
    value: {
      node: owner.node.name,
      interfaces: interfacesOf(owner.advertisements),
      standby: standby.map(({ node }) => node.name),
      certain,
      doubt: coverage.doubt,
    },
    reason: certain && coverage.doubt !== undefined ? "ML315" : chosen,
    trace: [
      ...ranked.map((candidate, at) => rankStep(candidate, at, ranked.length, chosen)),
      ...rejected.map(rejection),
    ],
  }
}

/** Why a service is not announced whatever the nodes are. */
const silenceOf = (service: Service, { input }: AnnounceContext): Outcome<Ownership> | undefined => {
  if (service.type !== "LoadBalancer") return no("ML001", { type: service.type })
  if (!servesClass(service, input.loadBalancerClass)) return no("ML002", { class: service.loadBalancerClass ?? "" })
  if (service.deleting) return no("ML012")
  if (addressesOf(service).length > 0) return undefined
  const [entry] = service.ingress
  return entry === undefined ? no("ML011") : no("ML015", { entry: entry.ip ?? entry.hostname ?? "" })
}

/** Spec 5.4: the union over the advertisements; one without interfaces means all. */
export const interfacesOf = (advertisements: readonly L2Advertisement[]): Interfaces =>
  advertisements.some(({ interfaces }) => interfaces.length === 0)
    ? "all"
    : [...new Set(advertisements.flatMap(({ interfaces }) => interfaces))].sort()

const rankStep = ({ node, score }: Candidate, at: number, eligible: number, chosen: ReasonCode): Step => ({
  subject: `node/${node.name}`,
  verdict: at === 0 ? "chosen" : "eligible",
  reason: at === 0 ? chosen : "ML301",
  facts: { node: node.name, rank: at + 1, eligible, ...(score > 0 ? { score } : {}) },
})

/** A node that is off is told as that, even where its endpoints have gone with it. */
const rejection = ({ node, excluded, lifeless }: Candidate): Step => {
  const { reason, facts } = lifeless ?? excluded ?? { reason: "ML316", facts: {} }
  return { subject: `node/${node.name}`, verdict: "rejected", reason, facts: { node: node.name, ...facts } }
}

const no = (reason: ReasonCode, facts: Facts = {}): Outcome<Ownership> & { readonly ok: false } => ({
  ok: false,
  reason,
  facts,
  trace: [],
})
