/** A node's name, which is its speaker's name in the membership too. */
export type NodeName = string

/**
 * One broadcast domain, named alike on every node that is on it: the text of its lowest subnet, "192.168.1.0/24"
 * (see link.ts). A verdict about a link means the same wire to whoever receives it.
 */
export type LinkId = string

/** Where another speaker can be reached on one link, as its mark in the membership says. */
export type PeerLink = { readonly link: LinkId; readonly address: string }

/** Another speaker of ours. Speakers without our mark (MetalLB's) are no peers: they are left to the membership. */
export type Peer = {
  readonly node: NodeName
  /** The start of its process, from its mark; undefined where the membership does not know it (yet, or any more). */
  readonly boot: number | undefined
  /** What the membership says. A node that is known and not alive is kept: it may be a partition away. */
  readonly alive: boolean
  readonly links: readonly PeerLink[]
}

/** This node's own end of a link that carries VIPs. */
export type OwnLink = {
  readonly link: LinkId
  readonly mac: string
  readonly address: string
  /** Administratively up and with carrier. */
  readonly up: boolean
  /** Others to ask whether this end still hears anything: the routers that the node's routes name on this link, of both families. */
  readonly gateways: readonly string[]
}

/** BOUNDED: more speakers than a cluster can have nodes are not taken from the membership. */
export const maxPeers = 5_000
/** BOUNDED: links of one node beyond the eighth (in order of their names) carry no heartbeats. */
export const maxLinks = 8

export const pathTo = (peer: Peer, link: LinkId): PeerLink | undefined => peer.links.find(at => at.link === link)
