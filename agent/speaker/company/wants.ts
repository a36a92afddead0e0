import type { Barred } from "../../core/announce/context.ts"
import { sameItems } from "../../core/announce/remembered-contests.ts"
import type { Crypto } from "../../core/crypto.ts"
import type { NodeName, Peer } from "../../core/detector/peer.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Wanted } from "../../core/ownership/state.ts"
import { type Domain, type Election, wantedOf } from "../../core/ownership/wanted.ts"
import { outOfReach, withinReach } from "./reach.ts"

export type Wants = {
  /**
   * `unfit`: addresses, by canonical text, that this node leaves to others for a reason of its own. `peers`: who has an end on which link;
   * undefined beside MetalLB's speakers, which do not look at that.
   */
  readonly of: (
    elections: readonly Election[],
    unfit: ReadonlyMap<string, Barred>,
    domains: readonly Domain[],
    peers: readonly Peer[] | undefined,
  ) => readonly Wanted[]
  /** Of what was last wanted, by canonical address: which nodes leave it to others. */
  readonly barred: () => ReadonlyMap<string, readonly Barred[]>
}

/**
 * What the ownership is to see to. An election that is the object of an earlier call, with the same links and peers, gives the same
 * object again: nearly every call is about one address of many.
 */
export const rememberingWants = (self: NodeName, crypto: Crypto): Wants => {
  let ground: readonly unknown[] = []
  let known = new WeakMap<Election, Wanted>()
  let last: Parameters<Wants["of"]> = [[], new Map(), [], undefined]

  return {
    of: (...asked) => {
      last = asked
      const [all, unfit, domains, peers] = asked
      const now = [domains, peers]
      if (!sameItems(ground, now)) known = new WeakMap()
      ground = now
      const elections = all.map(one => (unfit.has(formatAddress(one.address)) ? withoutNode(one, self) : one))
      const fresh = elections.filter(election => !known.has(election))
      const within = peers === undefined ? fresh : withinReach(fresh, self, domains, peers)
      const made = new Map(wantedOf(within, self, domains, crypto).map(wanted => [wanted.vip, wanted]))
      for (const election of fresh) {
        const wanted = made.get(formatAddress(election.address))
        if (wanted !== undefined) known.set(election, wanted)
      }
      return elections.flatMap(election => known.get(election) ?? [])
    },
    barred: () => {
      const [elections, unfit, domains, peers] = last
      const beyond = peers === undefined ? new Map() : outOfReach(elections, self, domains, peers)
      const found = new Map<string, readonly Barred[]>(beyond)
      // Whose interfaces are not on the link at all needs no word about each of them.
      for (const [vip, own] of unfit) {
        const others = found.get(vip) ?? []
        if (!others.some(({ node }) => node === self)) found.set(vip, [...others, own])
      }
      return found
    },
  }
}

const withoutNode = (election: Election, node: NodeName): Election => ({
  ...election,
  eligible: election.eligible.filter(one => one.node !== node),
})
