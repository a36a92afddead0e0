import { decodeMark, type Mark } from "../../core/detector/mark.ts"
import { maxPeers, type OwnLink, type Peer } from "../../core/detector/peer.ts"
import type { AddressRange } from "../../core/ip/address.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import { parseRange, rangeContains } from "../../core/ip/range.ts"
import type { Endpoint } from "../../core/membership/endpoint.ts"
import type { Member } from "../../core/membership/member.ts"
import type { SpeakerPod } from "../../core/model.ts"

/** What is known of the other speakers. */
export type Roster = {
  /** Ours, without this one. */
  readonly peers: readonly Peer[]
  /** Nodes whose speaker may own something, this one among them. */
  readonly candidates: ReadonlySet<string>
  /** The last mark of each node. BOUNDED by the nodes of the cluster. */
  readonly marks: ReadonlyMap<string, Mark>
}

export type RosterInput = {
  readonly self: string
  readonly speakers: readonly SpeakerPod[]
  /** Addresses of the cluster's nodes, by name. */
  readonly nodes: ReadonlyMap<string, readonly string[]>
  /** The live members, this node included. */
  readonly members: readonly Member[]
  readonly marks: ReadonlyMap<string, Mark>
  readonly links: readonly OwnLink[]
  /** A live speaker is MetalLB's. */
  readonly mixed: boolean
}

/**
 * Puts together what the API and the membership say. A speaker that the membership does not know is kept as one that is dead: it may be
 * a partition away. Among MetalLB's speakers exactly the live members are candidates.
 */
export const rosterOf = (input: RosterInput): Roster => {
  const { self, members, nodes, links } = input
  const pods = input.speakers.filter(({ ip, nodeName }) => ip !== "" && nodeName !== "")
  const live = new Map(members.map(member => [member.name, member]))
  const marks = new Map([...input.marks].filter(([node]) => nodes.has(node) || live.has(node)))
  for (const { name, meta } of members) {
    const mark = decodeMark(meta)
    if (mark !== undefined && marks.size < maxPeers) marks.set(name, mark)
  }
  const known = new Set([...pods.map(({ nodeName }) => nodeName), ...marks.keys()])
  known.delete(self)
  const peers = [...known].flatMap((node): readonly Peer[] => {
    const member = live.get(node)
    if (member?.ours === false) return []
    const mark = marks.get(node)
    const ip = pods.find(({ nodeName }) => nodeName === node)?.ip ?? ""
    return [
      {
        node,
        boot: member === undefined ? undefined : mark?.boot,
        alive: member !== undefined,
        links: mark?.links ?? linksBy(ip, links),
      },
    ]
  })
  const candidates = input.mixed ? [...live.keys()] : [self, ...live.keys(), ...known]
  return { peers, candidates: new Set(candidates), marks }
}

/** Before a speaker tells its links: the own link whose subnet has its address. */
const linksBy = (ip: string, links: readonly OwnLink[]): Peer["links"] => {
  const address = parseAddress(ip)
  if (address === undefined) return []
  const shared = links.find(({ link }) => {
    const range = parseRange(link)
    return range.ok && rangeContains(range.range, address)
  })
  return shared === undefined ? [] : [{ link: shared.link, address: ip }]
}

/** The subnets that other speakers' links are named by. */
export const subnetsOf = (peers: readonly Peer[]): readonly AddressRange[] =>
  [...new Set(peers.flatMap(({ links }) => links.map(({ link }) => link)))].flatMap(link => {
    const range = parseRange(link)
    return range.ok ? [range.range] : []
  })

/** Where the others are to be looked for: their pods or, where speakers are run by hand, all nodes; in the family of the own address. */
export const endpointsOf = (
  speakers: readonly SpeakerPod[],
  nodes: ReadonlyMap<string, readonly string[]>,
  bind: Endpoint,
): readonly Endpoint[] => {
  const family = parseAddress(bind.address)?.family
  const addresses = speakers.length > 0 ? speakers.map(({ ip }) => ip) : [...nodes.values()].flat()
  return [...new Set(addresses)]
    .filter(address => address !== bind.address && parseAddress(address)?.family === family)
    .map(address => ({ address, port: bind.port }))
}
