import { addressesOf } from "../allocate/claim.ts"
import type { L2Advertisement } from "../config/model.ts"
import { formatAddress } from "../ip/format.ts"
import { matchesAny, matchesSelector } from "../labels/match.ts"
import type { Endpoint, Node, Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { type Carried, carriedByOthers, carriedOf } from "./carriers.ts"
import type { AnnounceContext, Barred } from "./context.ts"
import { namesOf } from "./coverage.ts"
import { drainOf } from "./drain.ts"

/** A node as a candidate for one service. */
export type Candidate = {
  readonly node: Node
  /** Advertisements that cover the service and select the node. */
  readonly advertisements: readonly L2Advertisement[]
  /** Why it must not announce; undefined where it may. */
  readonly excluded: NodeRefusal | undefined
  /** Why it is not known to be alive; undefined where it is. */
  readonly lifeless: NodeRefusal | undefined
  /** Sum of the weights of the preferences that match. */
  readonly score: number
}

export type NodeRefusal = { readonly reason: ReasonCode; readonly facts: Facts }

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-exclude-from-external-load-balancers */
export const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers"

/** Every node, by name, with what speaks against it. Each cause has its own code. */
export const candidates = (
  service: Service,
  covering: readonly L2Advertisement[],
  endpoints: readonly Endpoint[],
  context: AnnounceContext,
): readonly Candidate[] => {
  const barred = barredFor(service, context)
  const carried = context.input.mixed === true ? [] : carriedOf(addressesOf(service), context.carriers)
  const local = service.externalTrafficPolicy === "Local" ? servingNodes(endpoints) : undefined
  return context.nodes.map(node => {
    const advertisements = covering.filter(
      ({ nodeSelectors }) => nodeSelectors.length === 0 || matchesAny(nodeSelectors, node.labels),
    )
    return {
      node,
      advertisements,
      excluded: exclusionOf(
        node,
        advertisements,
        covering,
        local,
        [...barred, ...carriedElsewhere(carried, node)],
        context,
      ),
      lifeless: lifelessnessOf(node, context),
      score: scoreOf(node, advertisements),
    }
  })
}

/** Whether an endpoint may receive traffic at all. */
export const canServe = (endpoint: Endpoint): boolean => endpoint.canServe && endpoint.addresses > 0

const servingNodes = (endpoints: readonly Endpoint[]): ReadonlySet<string | undefined> =>
  new Set(endpoints.filter(canServe).map(endpoint => endpoint.nodeName))

const exclusionOf = (
  node: Node,
  advertisements: readonly L2Advertisement[],
  covering: readonly L2Advertisement[],
  local: ReadonlySet<string | undefined> | undefined,
  barred: readonly Barred[],
  context: AnnounceContext,
): NodeRefusal | undefined => {
  const { input } = context
  const facts = { node: node.name }
  if (input.mixed !== true && drainOf(node) !== undefined) return { reason: "ML388", facts }
  if (!input.ignoreExcludeLB && Object.hasOwn(node.labels, excludeLabel)) return { reason: "ML308", facts }
  if (advertisements.length === 0) {
    return { reason: "ML309", facts: { ...facts, advertisements: namesOf(covering) } }
  }
  if (local !== undefined && !local.has(node.name)) return { reason: "ML302", facts }
  return barred.find(one => one.node === node.name)
}

/** Beyond MetalLB, whose speakers would answer for the address of a node that is not theirs. */
const carriedElsewhere = (carried: readonly Carried[], { name: node }: Node): readonly Barred[] => {
  const facts = carriedByOthers(carried, node)
  return facts === undefined ? [] : [{ node, reason: "ML327", facts }]
}

/** Those that leave each of the service's addresses to others: a node that is heard with one of two families is no stranger. */
const barredFor = (service: Service, { input }: AnnounceContext): readonly Barred[] => {
  if (input.barred === undefined) return []
  const [first = [], ...others] = addressesOf(service).map(address => input.barred?.get(formatAddress(address)) ?? [])
  return first.filter(({ node }) => others.every(list => list.some(one => one.node === node)))
}

/**
 * Beyond MetalLB, which without its member list asks only for NetworkUnavailable. Where speakers know each other they see sooner and
 * better than Kubernetes whether one lives.
 */
export const lifelessnessOf = (node: Node, { input, speakers }: AnnounceContext): NodeRefusal | undefined => {
  const facts = { node: node.name }
  if (input.members !== undefined) {
    if (node.networkUnavailable) return { reason: "ML307", facts }
    if (input.members.has(node.name)) return undefined
    return { reason: speakers === "assumed" || !speakers.has(node.name) ? "ML305" : "ML323", facts }
  }
  if (node.ready === "unknown") return { reason: "ML304", facts }
  if (!node.ready) return { reason: "ML303", facts }
  if (node.networkUnavailable) return { reason: "ML307", facts }
  if (speakers === "assumed") return undefined
  const pods = speakers.get(node.name) ?? []
  const [first] = pods
  if (first === undefined) return { reason: "ML305", facts }
  return pods.some(pod => pod.ready) ? undefined : { reason: "ML306", facts: { ...facts, pod: first.name } }
}

/** Nodes that one advertisement does not select get nothing from its preferences. */
const scoreOf = (node: Node, advertisements: readonly L2Advertisement[]): number => {
  let score = 0
  for (const { preferredNodeSelectors } of advertisements) {
    for (const { weight, preference } of preferredNodeSelectors) {
      if (matchesSelector(preference, node.labels)) score += weight
    }
  }
  return score
}
