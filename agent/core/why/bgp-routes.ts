import { keyOf } from "../allocate/claim.ts"
import type { AnnounceContext } from "../announce/context.ts"
import { decideService } from "../bgp/announce/decide.ts"
import type { NodePolicy } from "../bgp/announce/policy.ts"
import { RouteBoard } from "../bgp/announce/route-board.ts"
import type { RouteAttributes } from "../bgp/rib/route.ts"
import { formatCommunity } from "../config/bgp/community.ts"
import { bitsOf } from "../ip/address.ts"
import { type Cidr, cidrContains, formatCidr } from "../ip/cidr.ts"
import { formatAddress } from "../ip/format.ts"
import type { Service } from "../model.ts"
import type { WhyContext } from "./context.ts"
import type { BgpReport, BgpRouteRow } from "./report.ts"

/**
 * The routes of a service as its nodes tell them, with what other services in the same route add. Equal rows of several nodes and
 * peers are one.
 */
export const routesTold = (context: WhyContext, service: Service, { nodes }: BgpReport): readonly BgpRouteRow[] => {
  const speaking = new Set(nodes.flatMap(({ node, verdict }) => (verdict === "chosen" ? [node] : [])))
  const rows = new Map<string, BgpRouteRow>()
  for (const policy of context.policies) {
    if (!speaking.has(policy.node.name)) continue
    for (const { peer, route, attributes } of routesOf(context.announce, service, policy)) {
      const told = attributesTold(attributes)
      const key = JSON.stringify([route, told])
      const known = rows.get(key) ?? { route, nodes: [], peers: [], ...told }
      rows.set(key, { ...known, nodes: added(known.nodes, policy.node.name), peers: added(known.peers, peer) })
    }
  }
  return [...rows.values()]
}

type Told = { readonly peer: string; readonly route: string; readonly attributes: RouteAttributes }

const routesOf = (announce: AnnounceContext, service: Service, policy: NodePolicy): readonly Told[] => {
  const decide = (one: Service) => decideService(one, announce.endpoints.get(keyOf(one)) ?? [], policy)
  const own = decide(service)
  if (!own.ok) return []
  const prefixes = new Map(own.value.contributions.map(({ route, prefix }) => [route, prefix]))
  const board = new RouteBoard(policy)
  for (const other of new Set([service, ...[...prefixes.values()].flatMap(prefix => servicesIn(prefix, announce))])) {
    const outcome = other === service ? own : decide(other)
    if (outcome.ok) board.put(keyOf(other), outcome.value.contributions)
  }
  return policy.peers.flatMap(({ name }) =>
    board
      .routesOf(name)
      .map(({ prefix, attributes }) => ({ peer: name, route: formatCidr(prefix), attributes }))
      .filter(({ route }) => prefixes.has(route)),
  )
}

const servicesIn = (prefix: Cidr, { holders }: AnnounceContext): readonly Service[] =>
  prefix.length === bitsOf(prefix.base.family)
    ? (holders.get(formatAddress(prefix.base))?.services ?? [])
    : [...holders.values()].flatMap(({ address, services }) => (cidrContains(prefix, address) ? services : []))

const attributesTold = (attributes: RouteAttributes): Omit<BgpRouteRow, "route" | "nodes" | "peers"> => {
  const { localPref, communities, largeCommunities, med, prepend, linkBandwidth } = attributes
  return {
    localPref,
    communities: [
      ...communities.map(value => formatCommunity({ kind: "standard", value })),
      ...largeCommunities.map(value => formatCommunity({ kind: "large", value })),
    ],
    med,
    prepend,
    linkBandwidth,
  }
}

const added = (names: readonly string[], name: string): readonly string[] =>
  names.includes(name) ? names : [...names, name].sort()
