import type { Barred } from "../../core/announce/context.ts"
import type { LinkId, NodeName, Peer } from "../../core/detector/peer.ts"
import type { Address } from "../../core/ip/address.ts"
import { formatAddress } from "../../core/ip/format.ts"
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
    const { reaching } = reachingOf(election, ends)
    if (reaching.size === 0) return election
    return { ...election, eligible: election.eligible.filter(({ node }) => reaching.has(node)) }
  })
}

/** Whom `withinReach` leaves out, by canonical address; addresses without such a node have no entry. */
export const outOfReach = (
  elections: readonly Election[],
  self: NodeName,
  domains: readonly Domain[],
  peers: readonly Peer[],
): ReadonlyMap<string, readonly Barred[]> => {
  const ends = endsOf(self, domains, peers)
  return new Map(
    elections.flatMap(election => {
      const { reaching, link } = reachingOf(election, ends)
      if (reaching.size === 0) return []
      const barred = election.eligible
        .filter(({ node }) => !reaching.has(node))
        .map(({ node }) => ({ node, reason: "ML324" as const, facts: { node, link } }))
      return barred.length === 0 ? [] : [[formatAddress(election.address), barred] as const]
    }),
  )
}

/** The nodes with an end on a link that has the address, and that link. */
const reachingOf = ({ address }: Election, ends: readonly End[]) => {
  const there = ends.filter(({ has }) => has(address))
  return { reaching: new Set(there.flatMap(({ nodes }) => nodes)), link: there[0]?.link ?? "" }
}

type End = {
  readonly link: LinkId
  readonly has: (address: Address) => boolean
  readonly nodes: readonly NodeName[]
}

/** One entry a link. */
const endsOf = (self: NodeName, domains: readonly Domain[], peers: readonly Peer[]): readonly End[] => {
  const nodes = new Map<string, NodeName[]>(domains.map(({ link }) => [link, [self]]))
  for (const { node, links } of peers) for (const { link } of links) nodes.set(link, [...(nodes.get(link) ?? []), node])
  return [...nodes].map(([link, names]) => {
    const range = parseRange(link)
    const subnets = domains.find(domain => domain.link === link)?.subnets ?? (range.ok ? [range.range] : [])
    return { link, has: address => subnets.some(subnet => rangeContains(subnet, address)), nodes: names }
  })
}
