import type { IpFamily } from "../../../agent/core/model.ts"

/** What one router must know to take the cluster's sessions: everything as it is written down there. */
export type RouterSide = {
  /** AS of the router. */
  readonly asn: number
  /** In the order of their names, at least one. */
  readonly groups: readonly SessionGroup[]
}

/** The sessions of one BGPPeer, which differ in the node alone. */
export type SessionGroup = {
  /** Name of the BGPPeer. */
  readonly peer: string
  /** AS that the nodes show. */
  readonly asn: number
  /** The router's own address of these sessions; undefined where they are unnumbered. */
  readonly address: string | undefined
  /** TCP port of the router to which the nodes connect. */
  readonly port: number
  /** What the sessions carry, IPv4 first. */
  readonly families: readonly IpFamily[]
  readonly members: readonly Member[]
  /** undefined for a session without one. */
  readonly password: string | undefined
  /** Seconds; undefined leaves the router's own. */
  readonly holdTime: number | undefined
  readonly keepaliveTime: number | undefined
  readonly bfd: BfdSettings | undefined
  readonly gracefulRestart: boolean
  /** The nodes are behind another router. */
  readonly multihop: boolean
  /** Hops that the nodes may be away where their packets must prove it, and prove it they do (RFC 5082); undefined: no proof is asked for. */
  readonly ttlSecurityHops: number | undefined
  /** All that the nodes may announce; nothing else is taken from them. */
  readonly accept: readonly AcceptedPrefix[]
}

/** A node, by its address or, unnumbered, by the router's interface that leads to it. */
export type Member =
  | { readonly node: string; readonly address: string }
  | { readonly node: string; readonly interface: string }

/** Intervals in milliseconds, as a BFDProfile has them. */
export type BfdSettings = {
  readonly name: string
  readonly receiveInterval: number
  readonly transmitInterval: number
  readonly detectMultiplier: number
}

/** Routes of exactly this length within a prefix. */
export type AcceptedPrefix = { readonly family: IpFamily; readonly prefix: string; readonly length: number }

/** What names everything that belongs to a peer in the router's configuration. */
export const groupName = ({ peer }: SessionGroup): string => `metallb-${peer}`

export const isInternal = (side: RouterSide, group: SessionGroup): boolean => side.asn === group.asn

export const acceptedOf = ({ accept }: SessionGroup, family: IpFamily): readonly AcceptedPrefix[] =>
  accept.filter(prefix => prefix.family === family)

/** Whether IPv4 routes come with an IPv6 next hop (RFC 8950), which both ends must offer. */
export const needsExtendedNextHop = ({ address, families }: SessionGroup): boolean =>
  families.includes("IPv4") && (address === undefined || address.includes(":"))

/** Length of a prefix such as 192.0.2.0/24. */
export const lengthOf = (prefix: string): number => Number(prefix.slice(prefix.indexOf("/") + 1))

/** The profiles of all groups, each once, in the order of their names. */
export const bfdProfilesOf = (side: RouterSide): readonly BfdSettings[] => {
  const profiles = new Map(side.groups.flatMap(({ bfd }) => (bfd === undefined ? [] : [[bfd.name, bfd] as const])))
  return [...profiles.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Number of next hops that one route may have: every node that announces it. Routers take 1 to 64. */
export const pathsOf = (groups: readonly SessionGroup[]): number => {
  const nodes = new Set(groups.flatMap(({ members }) => members.map(({ node }) => node)))
  return Math.min(Math.max(nodes.size, 1), 64)
}

/** What somebody has to know who gives a router made of FRR a peer with both, as a line each. */
export const frrLimits = (side: RouterSide): readonly string[] =>
  side.groups
    .filter(group => group.bfd !== undefined && group.ttlSecurityHops !== undefined && !isInternal(side, group))
    .filter(({ multihop }) => !multihop)
    .map(
      ({ peer }) =>
        `BGPPeer ${peer}: FRR takes BFD beside TTL security for BFD over several hops, which stays down; set ttlSecurityHops: 2 and ebgpMultiHop: true.`,
    )

/** The lines that begin every configuration, without the router's own sign for a comment. */
export const headOf = (side: RouterSide, kind: string): readonly string[] => [
  `kubectl metallb router-config ${kind} ${side.groups.map(({ peer }) => peer).join(" ")}`,
  `A router of AS ${side.asn} for ${side.groups.map(group => `BGPPeer ${group.peer} (${nodesText(group)} of AS ${group.asn})`).join(", ")}.`,
]

const nodesText = ({ members: { length } }: SessionGroup): string => (length === 1 ? "1 node" : `${length} nodes`)
