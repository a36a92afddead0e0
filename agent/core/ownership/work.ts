import type { LinkId, NodeName, Peer } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { Voices } from "../detector/voices.ts"
import type { Delivery } from "./delivery.ts"
import {
  type Claimant,
  claimKey,
  keyOf,
  type LinkState,
  type OwnershipEffect,
  type OwnershipState,
  type Seat,
} from "./state.ts"

/** One step in progress: fields of the state are replaced, never changed in place, and effects are collected in order. */
export type Work = {
  readonly draft: { -readonly [Field in keyof OwnershipState]: OwnershipState[Field] }
  readonly effects: OwnershipEffect[]
  readonly now: Millis
  /** Who was heard on the links, as the detector knows. */
  readonly voices: Voices
  /** Maps that were copied in this step already and may be written to. */
  readonly copied: Set<unknown>
}

export const setSeat = (work: Work, seat: Seat): void => {
  work.draft.seats = writable(work, work.draft.seats).set(seat.vip, seat)
}

export const dropSeat = (work: Work, vip: string): void => {
  const seats = writable(work, work.draft.seats)
  seats.delete(vip)
  work.draft.seats = seats
}

export const setLink = (work: Work, link: LinkState): void => {
  work.draft.links = writable(work, work.draft.links).set(link.link, link)
}

export const setDelivery = (work: Work, node: NodeName, link: LinkId, delivery: Delivery): void => {
  work.draft.deliveries = writable(work, work.draft.deliveries).set(keyOf(node, link), delivery)
}

/** Replaces what one node claims of one VIP; `claimant` undefined: nothing. */
export const setClaimant = (
  work: Work,
  link: LinkId,
  vip: string,
  node: NodeName,
  claimant: Claimant | undefined,
): void => {
  const claimants = writable(work, work.draft.claimants)
  const key = claimKey(link, vip)
  const others = (claimants.get(key) ?? []).filter(other => other.node !== node)
  const all = claimant === undefined ? others : [...others, claimant].sort((a, b) => (a.node < b.node ? -1 : 1))
  if (all.length === 0) claimants.delete(key)
  else claimants.set(key, all)
  work.draft.claimants = claimants
}

export const claimantsOf = (work: Work, seat: Pick<Seat, "key">): readonly Claimant[] =>
  work.draft.claimants.get(seat.key) ?? nobody

const nobody: readonly Claimant[] = []

/** Peers that have an end on the link, by name. */
export const peersOn = (work: Work, link: LinkId): readonly Peer[] =>
  [...work.draft.peers.values()].filter(peer => peer.links.some(path => path.link === link))

/** A copy of the map that this step may write to: one copy a step, however many entries change. */
const writable = <Key, Value>(work: Work, map: ReadonlyMap<Key, Value>): Map<Key, Value> => {
  if (work.copied.has(map)) return map as Map<Key, Value>
  const copy = new Map(map)
  work.copied.add(copy)
  return copy
}
