import type { BgpPeer } from "../../agent/core/config/bgp/model.ts"
import { selectsNode } from "../../agent/core/config/bgp/nodes.ts"
import type { Config } from "../../agent/core/config/model.ts"
import { bitsOf, compareAddresses } from "../../agent/core/ip/address.ts"
import { type Cidr, coverRange, formatCidr } from "../../agent/core/ip/cidr.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { cidrRange } from "../../agent/core/ip/range.ts"
import type { IpFamily, Node } from "../../agent/core/model.ts"
import type { AcceptedPrefix, BfdSettings, Member, RouterSide, SessionGroup } from "../view/router-config/side.ts"

export type SideOptions = {
  /** AS of the router where the peers name none. */
  readonly asn: number | undefined
  /** Interfaces of the router by the nodes to which they lead, for unnumbered peers. */
  readonly interfaces: ReadonlyMap<string, string>
  /** What is written for the password of a peer that has one. */
  readonly passwordOf: (peer: BgpPeer) => string
}

/** A node that has no session with the router, and why. */
export type LeftNode = { readonly peer: string; readonly node: string; readonly why: string }

/** AS of a peer's router; undefined where it may be any other than the own one. */
export const routerAsnOf = (peer: BgpPeer): number | undefined =>
  peer.remote.kind === "as" ? peer.remote.asn : peer.remote.kind === "internal" ? shownAsn(peer) : undefined

const shownAsn = ({ localASN, myASN }: BgpPeer): number => localASN ?? myASN

/** The other side of peers that are one router of one AS. Nodes are in the order of their names. */
export const routerSideOf = (
  peers: readonly BgpPeer[],
  config: Config,
  nodes: readonly Node[],
  options: SideOptions,
): { readonly side: RouterSide; readonly left: readonly LeftNode[] } => {
  const left: LeftNode[] = []
  const groups = peers.map((peer): SessionGroup => {
    const selected = nodes.filter(({ labels }) => selectsNode(peer.nodeSelectors, labels)).sort(byName)
    const members = selected.flatMap((node): readonly Member[] => {
      const member = memberOf(peer, node, selected.length === 1, options)
      if (typeof member !== "string") return [member]
      left.push({ peer: peer.name, node: node.name, why: member })
      return []
    })
    const families = familiesOf(peer)
    return {
      peer: peer.name,
      asn: shownAsn(peer),
      address: peer.endpoint.kind === "address" ? formatAddress(peer.endpoint.address) : undefined,
      port: peer.port,
      families,
      members,
      password: peer.password.from === "nothing" ? undefined : options.passwordOf(peer),
      holdTime: peer.timers.holdTime,
      keepaliveTime: peer.timers.keepaliveTime,
      bfd: bfdOf(peer, config),
      gracefulRestart: peer.gracefulRestart,
      multihop: peer.ebgpMultiHop,
      ttlSecurityHops: peer.ttlSecurityHops,
      accept: acceptOf(peer.name, families, config),
    }
  })
  const asn = peers.map(routerAsnOf).find(known => known !== undefined) ?? options.asn ?? 0
  return { side: { asn, groups }, left }
}

const familiesOf = ({ endpoint, dualStackAddressFamily }: BgpPeer): readonly IpFamily[] =>
  endpoint.kind === "interface" || dualStackAddressFamily ? ["IPv4", "IPv6"] : [endpoint.address.family]

/** The node as the router's neighbour, or why it cannot be one. */
const memberOf = (peer: BgpPeer, node: Node, alone: boolean, { interfaces }: SideOptions): Member | string => {
  if (peer.endpoint.kind === "interface")
    return { node: node.name, interface: interfaces.get(node.name) ?? `PORT-TO-${node.name}` }
  const { family } = peer.endpoint.address
  const source = peer.sourceAddress?.family === family ? peer.sourceAddress : undefined
  if (source !== undefined) {
    const text = formatAddress(source)
    // The API lists only some addresses of a node; where one node alone is meant, it has this one.
    return alone || node.addresses.includes(text)
      ? { node: node.name, address: text }
      : `the source address ${text} of the peer is not among its addresses`
  }
  const own = node.addresses.map(parseAddress).find(address => address?.family === family)
  return own === undefined ? `it has no ${family} address` : { node: node.name, address: formatAddress(own) }
}

const bfdOf = ({ bfdProfile }: BgpPeer, { bgp }: Config): BfdSettings | undefined => {
  const profile = bgp.bfdProfiles.find(({ name }) => name === bfdProfile)
  if (profile === undefined) return undefined
  const { name, receiveInterval, transmitInterval, detectMultiplier } = profile
  return { name, receiveInterval, transmitInterval, detectMultiplier }
}

/** Every route that an advertisement to this peer can make of an address of its pools, in the order of addresses. */
const acceptOf = (peer: string, families: readonly IpFamily[], config: Config): readonly AcceptedPrefix[] => {
  const found = new Map<string, { readonly cidr: Cidr; readonly length: number }>()
  for (const advertisement of config.bgp.advertisements) {
    if (advertisement.peers.length > 0 && !advertisement.peers.includes(peer)) continue
    for (const { name, ranges } of config.pools.filter(pool => advertisement.pools.has(pool.name)))
      for (const cidr of ranges.filter(range => families.includes(range.family)).flatMap(coverRange)) {
        const { family } = cidr.base
        const aggregate = family === "IPv4" ? advertisement.aggregationLength : advertisement.aggregationLengthV6
        const length = advertisement.hostRoutesOnly.has(name) ? bitsOf(family) : aggregate
        const whole = cidr.length > length ? aggregateOf(cidr, length) : cidr
        found.set(`${formatCidr(whole)} ${length}`, { cidr: whole, length })
      }
  }
  return [...found.values()]
    .sort((a, b) => compareAddresses(a.cidr.base, b.cidr.base) || a.cidr.length - b.cidr.length || a.length - b.length)
    .map(({ cidr, length }) => ({ family: cidr.base.family, prefix: formatCidr(cidr), length }))
}

/** The odd end of a range may be smaller than the aggregate that is announced for it. */
const aggregateOf = ({ base }: Cidr, length: number): Cidr => ({
  base: { family: base.family, value: cidrRange(base, length).first },
  length,
})

const byName = (a: Node, b: Node): number => (a.name < b.name ? -1 : 1)
