import { type Draft, note, owned, random } from "./draft.ts"
import { type Endpoint, endpointKey } from "./endpoint.ts"
import { openCount } from "./exchange.ts"
import type { Happened } from "./happening.ts"
import { isLive } from "./member.ts"
import { startPushPull } from "./push-pull.ts"
import { limits, type State } from "./state.ts"
import type { Millis } from "./time.ts"

/** A place where a speaker should be, and when it is next looked for there. */
export type Peer = { readonly endpoint: Endpoint; readonly nextTry: Millis; readonly tries: number }

/** Takes the list of the API over; new places are tried at once. */
export const handlePeers = (draft: Draft, endpoints: readonly Endpoint[]): Happened => {
  const { state, now } = draft
  const peers = new Map<string, Peer>()
  for (const endpoint of endpoints) {
    const key = endpointKey(endpoint)
    if (peers.size >= limits.members) break
    peers.set(key, state.peers.get(key) ?? { endpoint, nextTry: now, tries: 0 })
  }
  state.peers = peers
  return note(draft, "peers-known", String(peers.size))
}

export const nextReconnect = (state: State): Millis =>
  state.phase === "running" ? state.due.reconnect : Number.POSITIVE_INFINITY

/**
 * Works out anew when a place without a live member is next to be looked for. Called at the end of a step; looks at the
 * tables only where the step has changed one, as they can be long.
 */
export const refreshReconnect = (draft: Draft): void => {
  const { state, base } = draft
  if (state.members === base.members && state.peers === base.peers && state.exchanges === base.exchanges) return
  const next = openCount(state, "join") >= limits.joins ? undefined : missing(state).sort(byWaiting)[0]
  state.due = { ...state.due, reconnect: next === undefined ? Number.POSITIVE_INFINITY : next[1].nextTry }
}

/**
 * Tries to join places that have no live member: at a start, and after a partition that lasted so long that both sides have
 * forgotten each other. The longest untried first, then in the order of their keys; each one with growing pauses.
 */
export const reconnect = (draft: Draft): void => {
  const { state, base, now } = draft
  if (nextReconnect(state) > now) return
  const { reconnectInterval, reconnectMost } = state.settings
  for (const [key, peer] of missing(state).sort(byWaiting)) {
    if (peer.nextTry > now || openCount(state, "join") >= limits.joins) return
    if (!startPushPull(draft, peer.endpoint, true)) return
    const pause = Math.min(reconnectMost, reconnectInterval * 2 ** Math.min(peer.tries, 16))
    const nextTry = now + pause * (0.75 + random(draft) / 2)
    state.peers = owned(base.peers, state.peers).set(key, { ...peer, tries: peer.tries + 1, nextTry })
  }
}

/**
 * A place that was found again starts over with short pauses the next time it is lost. One that answers and has no live member, because
 * its node is about to end or tells another address than the API, keeps its growing pauses: it would be called again at once, for ever.
 */
export const forgetTries = (draft: Draft, endpoint: Endpoint): void => {
  const { state, base, now } = draft
  const key = endpointKey(endpoint)
  const peer = state.peers.get(key)
  if (peer === undefined || peer.tries === 0) return
  if (missing(state).some(([place]) => place === key)) return
  state.peers = owned(base.peers, state.peers).set(key, { ...peer, tries: 0, nextTry: now })
}

const missing = (state: State): [string, Peer][] => {
  if (state.peers.size === 0) return []
  const live = new Set<string>()
  for (const member of state.members.values()) if (isLive(member)) live.add(endpointKey(member.endpoint))
  return [...state.peers].filter(([key]) => !live.has(key))
}

const byWaiting = ([keyA, a]: [string, Peer], [keyB, b]: [string, Peer]): number =>
  a.nextTry - b.nextTry || (keyA < keyB ? -1 : 1)
