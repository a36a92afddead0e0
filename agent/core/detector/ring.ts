import type { Crypto } from "../crypto.ts"
import type { NodeName, Peer } from "./peer.ts"

/** BOUNDED: with more dead nodes in a row than this, the membership is what finds the next death. */
const mostTargets = 8

/**
 * Who is to hear this node's heartbeats: the nodes that follow it on a ring ordered by the hash of their names, up to and
 * including the second one that lives. Nothing but names decides, so VIPs and policies move no watcher.
 *
 * Dead nodes on the way are sent to as well. However the nodes are split by a partition, somewhere on the ring a node of one
 * side is followed by one of the other, so the first heartbeat after it heals is heard at once, in both directions.
 */
export const watchersOf = (self: NodeName, peers: readonly Peer[], crypto: Crypto): readonly Peer[] => {
  const others = peers.filter(peer => peer.node !== self)
  const own = place(self, crypto)
  const ring = others
    .map(peer => ({ peer, at: place(peer.node, crypto) }))
    .sort((a, b) => compare(a.at, b.at))
    .map(({ peer, at }) => ({ peer, before: compare(at, own) < 0 }))
  const following = [...ring.filter(entry => !entry.before), ...ring.filter(entry => entry.before)]
  const chosen: Peer[] = []
  let living = 0
  for (const { peer } of following) {
    if (living === 2 || chosen.length === mostTargets) break
    chosen.push(peer)
    if (peer.alive) living += 1
  }
  return chosen
}

/** SHA-256 of the name as hexadecimal text, then the name: a total order. */
const place = (node: NodeName, crypto: Crypto): string =>
  `${Array.from(crypto.sha256(`watch#${node}`).subarray(0, 8), byte => byte.toString(16).padStart(2, "0")).join("")} ${node}`

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
