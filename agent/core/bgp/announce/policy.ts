import { excludeLabel } from "../../announce/candidates.ts"
import { type Carriers, carriersOf } from "../../announce/carriers.ts"
import { poolIndex } from "../../announce/context.ts"
import type { BgpAdvertisement, BgpPeer } from "../../config/bgp/model.ts"
import { selectsNode } from "../../config/bgp/nodes.ts"
import type { ConfigVerdict, Pool } from "../../config/model.ts"
import type { RangeIndex } from "../../ip/range-index.ts"
import type { IpFamily, Node } from "../../model.ts"
import type { Step } from "../../outcome.ts"
import { type Handover, type HandoverOptions, handoverOf } from "./handover.ts"

/**
 * Everything but services that decides what one node tells its peers. It is made anew when the configuration or the node
 * changes; a change of services needs no new one. BOUNDED by the configuration.
 */
export type NodePolicy = {
  readonly node: Node
  readonly loadBalancerClass: string
  /** The node carries the label that excludes it from load balancers, and that counts. */
  readonly excluded: boolean
  readonly handover: Handover
  readonly pools: RangeIndex<Pool>
  /** By pool; in the order of names. */
  readonly advertisements: ReadonlyMap<string, readonly BgpAdvertisement[]>
  /** Peers that this node has sessions with, by name. */
  readonly peers: readonly BgpPeer[]
  /** Peers that it has none with, and why. */
  readonly otherPeers: readonly Step[]
  readonly verdict: ConfigVerdict
  readonly carriers: Carriers
}

export type PolicyInput = {
  readonly verdict: ConfigVerdict
  /** --lb-class */
  readonly loadBalancerClass: string
  /** --ignore-exclude-lb */
  readonly ignoreExcludeLB: boolean
  /** By name. */
  readonly nodes: readonly Node[]
}

export type PolicyParts = { readonly pools?: RangeIndex<Pool>; readonly carriers?: Carriers }

/** `pools` and `carriers`, where they exist already, spare making them. */
export const nodePolicy = (
  { verdict, loadBalancerClass, ignoreExcludeLB, nodes }: PolicyInput,
  node: Node,
  options: HandoverOptions,
  { pools = poolIndex(verdict.config), carriers = carriersOf(nodes) }: PolicyParts = {},
): NodePolicy => {
  const { bgp } = verdict.config
  const advertisements = new Map<string, BgpAdvertisement[]>()
  for (const advertisement of bgp.advertisements) {
    for (const pool of advertisement.pools) {
      advertisements.set(pool, [...(advertisements.get(pool) ?? []), advertisement])
    }
  }
  const isOurs = (peer: BgpPeer) => selectsNode(peer.nodeSelectors, node.labels)
  return {
    node,
    loadBalancerClass,
    excluded: !ignoreExcludeLB && Object.hasOwn(node.labels, excludeLabel),
    handover: handoverOf(node, options),
    pools,
    advertisements,
    peers: bgp.peers.filter(isOurs),
    otherPeers: [
      ...bgp.peers.filter(peer => !isOurs(peer)).map(({ name }) => otherPeer("ML407", name, node)),
      ...verdict.brokenBgp.peers.map(name => otherPeer("ML411", name, node)),
    ],
    verdict,
    carriers,
  }
}

const otherPeer = (reason: "ML407" | "ML411", peer: string, { name: node }: Node): Step => ({
  subject: `bgppeer/${peer}`,
  verdict: "rejected",
  reason,
  facts: { peer, node },
})

/** The families of routes that a session with the peer can carry: that of its address, unless it is configured for both. */
export const familiesCarried = ({ dualStackAddressFamily, endpoint }: BgpPeer): readonly IpFamily[] =>
  dualStackAddressFamily || endpoint.kind === "interface" ? ["IPv4", "IPv6"] : [endpoint.address.family]
