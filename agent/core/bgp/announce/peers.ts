import type { BgpPeer } from "../../config/bgp/model.ts"
import type { Step, Trace } from "../../outcome.ts"
import type { ReasonCode } from "../../reasons.ts"
import type { Contribution } from "./contribution.ts"
import { familiesCarried, type NodePolicy } from "./policy.ts"

type PeerRoutes = { readonly peer: string; readonly routes: readonly string[] }

/** Which peers get which of these routes, with a step for every peer that there is. */
export const peersOf = (
  contributions: readonly Contribution[],
  { peers, otherPeers, node }: NodePolicy,
): { readonly peers: readonly PeerRoutes[]; readonly trace: Trace } => {
  const served: PeerRoutes[] = []
  const trace: Step[] = []
  for (const peer of peers) {
    const meant = contributions.filter(contribution => isMeant(contribution, peer))
    const routes = distinct(meant.filter(contribution => isCarried(contribution, peer)))
    if (routes.length > 0) served.push({ peer: peer.name, routes })
    const left = distinct(meant.filter(contribution => !isCarried(contribution, peer)))
    const [verdict, reason] = judged(routes, left)
    const facts = { peer: peer.name, node: node.name, routes, left }
    trace.push({ subject: `bgppeer/${peer.name}`, verdict, reason, facts })
  }
  return { peers: served, trace: [...trace, ...otherPeers] }
}

/** Whether an advertisement hands its route to a peer, and the session can carry it. */
export const reaches = (contribution: Contribution, peer: BgpPeer): boolean =>
  isMeant(contribution, peer) && isCarried(contribution, peer)

const isMeant = ({ peers }: Contribution, { name }: BgpPeer): boolean => peers.length === 0 || peers.includes(name)

const isCarried = ({ prefix }: Contribution, peer: BgpPeer): boolean =>
  familiesCarried(peer).includes(prefix.base.family)

const judged = (
  routes: readonly string[],
  left: readonly string[],
): readonly [verdict: Step["verdict"], reason: ReasonCode] => {
  if (routes.length === 0 && left.length === 0) return ["rejected", "ML406"]
  return routes.length > 0 ? ["chosen", left.length > 0 ? "ML410" : "ML415"] : ["rejected", "ML410"]
}

const distinct = (contributions: readonly Contribution[]): readonly string[] => [
  ...new Set(contributions.map(({ route }) => route)),
]
