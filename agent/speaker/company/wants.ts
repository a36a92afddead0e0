import { sameItems } from "../../core/announce/remembered-contests.ts"
import type { Crypto } from "../../core/crypto.ts"
import type { NodeName, Peer } from "../../core/detector/peer.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Wanted } from "../../core/ownership/state.ts"
import { type Domain, type Election, wantedOf } from "../../core/ownership/wanted.ts"
import { withinReach } from "./reach.ts"

/** `peers`: who has an end on which link; undefined beside MetalLB's speakers, which do not look at that. */
export type Wants = (
  elections: readonly Election[],
  domains: readonly Domain[],
  peers: readonly Peer[] | undefined,
) => readonly Wanted[]

/**
 * What the ownership is to see to. An election that is the object of an earlier call, with the same links and peers, gives the same
 * object again: nearly every call is about one address of many.
 */
export const rememberingWants = (self: NodeName, crypto: Crypto): Wants => {
  let ground: readonly unknown[] = []
  let known = new WeakMap<Election, Wanted>()
  return (elections, domains, peers) => {
    const now = [domains, peers]
    if (!sameItems(ground, now)) known = new WeakMap()
    ground = now
    const fresh = elections.filter(election => !known.has(election))
    const within = peers === undefined ? fresh : withinReach(fresh, self, domains, peers)
    const made = new Map(wantedOf(within, self, domains, crypto).map(wanted => [wanted.vip, wanted]))
    for (const election of fresh) {
      const wanted = made.get(formatAddress(election.address))
      if (wanted !== undefined) known.set(election, wanted)
    }
    return elections.flatMap(election => known.get(election) ?? [])
  }
}
