import { keyOf } from "../../allocate/claim.ts"
import type { AnnounceContext } from "../../announce/context.ts"
import type { BgpPeer } from "../../config/bgp/model.ts"
import type { Node } from "../../model.ts"
import type { Route } from "../rib/route.ts"
import { decideService, type ServiceVerdict } from "./decide.ts"
import type { HandoverOptions } from "./handover.ts"
import { nodePolicy } from "./policy.ts"
import { RouteBoard } from "./route-board.ts"

/** What one node is to tell its peers. */
export type BgpTargets = {
  /** The peers that the node has sessions with, by name. A peer without routes is one all the same. */
  readonly peers: ReadonlyMap<string, PeerTarget>
  /** Every service, by key: what it is told to whom, or why not. */
  readonly verdicts: readonly ServiceVerdict[]
  /** Milliseconds since the epoch at which this changes by time alone; undefined: never. */
  readonly nextAt: number | undefined
}

/** `routes`: IPv4 before IPv6, then by prefix. */
export type PeerTarget = { readonly peer: BgpPeer; readonly routes: readonly Route[] }

/**
 * The whole decision at once. Whoever follows changes keeps a NodePolicy and a RouteBoard instead, and puts in what
 * `decideService` says of each service that changed: the routes are the same.
 */
export const bgpTargets = (context: AnnounceContext, node: Node, options: HandoverOptions): BgpTargets => {
  const policy = nodePolicy(context.input, node, options, context.pools)
  const board = new RouteBoard(policy)
  const verdicts = context.input.services
    .map(service => {
      const key = keyOf(service)
      return { service: key, outcome: decideService(service, context.endpoints.get(key) ?? [], policy) }
    })
    .sort((a, b) => (a.service < b.service ? -1 : 1))
  for (const { service, outcome } of verdicts) if (outcome.ok) board.put(service, outcome.value.contributions)
  const peers = policy.peers.map(peer => [peer.name, { peer, routes: board.routesOf(peer.name) }] as const)
  return { peers: new Map(peers), verdicts, nextAt: policy.handover.nextAt }
}
