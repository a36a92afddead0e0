import { keyOf } from "../../../../agent/core/allocate/claim.ts"
import type { AnnounceContext } from "../../../../agent/core/announce/context.ts"
import { type Advertised, decideService } from "../../../../agent/core/bgp/announce/decide.ts"
import type { HandoverOptions } from "../../../../agent/core/bgp/announce/handover.ts"
import { nodePolicy } from "../../../../agent/core/bgp/announce/policy.ts"
import { RouteBoard } from "../../../../agent/core/bgp/announce/route-board.ts"
import type { Route } from "../../../../agent/core/bgp/rib/route.ts"
import type { BgpPeer } from "../../../../agent/core/config/bgp/model.ts"
import type { Node, ObjectKey } from "../../../../agent/core/model.ts"
import type { Outcome } from "../../../../agent/core/outcome.ts"

export type ServiceVerdict = { readonly service: ObjectKey; readonly outcome: Outcome<Advertised> }

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

/** The whole decision at once, with which a speaker that follows changes must agree. */
export const bgpTargets = (context: AnnounceContext, node: Node, options: HandoverOptions): BgpTargets => {
  const policy = nodePolicy(context.input, node, options, context)
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
