import type { NodeName, Peer } from "../../core/detector/peer.ts"
import type { Address } from "../../core/ip/address.ts"
import { parseRange, rangeContains } from "../../core/ip/range.ts"
import type { Domain, Election } from "../../core/ownership/wanted.ts"

/**
 * Leaves out nodes that have no end on the link which the address belongs to: nobody there would hear them. An address in no
 * subnet that anybody has is left as it is. MetalLB does not look at this, and its winner may be mute.
 */
export const withinReach = (
  elections: readonly Election[],
  self: NodeName,
  domains: readonly Domain[],
  peers: readonly Peer[],
): readonly Election[] => {
  const ends = endsOf(self, domains, peers)
  return elections.map(election => {
    const there = ends.filter(({ has }) => has(election.address)).flatMap(({ nodes }) => nodes)
    if (there.length === 0) return election
    const reaching = new Set(there)
    return { ...election, eligible: election.eligible.filter(({ node }) => reaching.has(node)) }
  })
}

type End = { readonly has: (address: Address) => boolean; readonly nodes: readonly NodeName[] }

/** One entry a link. */
const endsOf = (self: NodeName, domains: readonly Domain[], peers: readonly Peer[]): readonly End[] => {
  const nodes = new Map<string, NodeName[]>(domains.map(({ link }) => [link, [self]]))
  for (const { node, links } of peers) for (const { link } of links) nodes.set(link, [...(nodes.get(link) ?? []), node])
  return [...nodes].map(([link, names]) => {
    const range = parseRange(link)
    const subnets = domains.find(domain => domain.link === link)?.subnets ?? (range.ok ? [range.range] : [])
    return { has: address => subnets.some(subnet => rangeContains(subnet, address)), nodes: names }
  })
}
