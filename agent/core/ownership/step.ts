import { earliest } from "../detector/pair.ts"
import type { Millis } from "../detector/timings.ts"
import type { Voices } from "../detector/voices.ts"
import { onMessage, onWire } from "./hearing.ts"
import { continueLearning, learnAfterStall } from "./learning.ts"
import { onLinks, onPeers, onWanted, tellDetector } from "./roster.ts"
import { review, reviewAll } from "./seats.ts"
import { keyOf, type OwnershipEffect, type OwnershipEvent, type OwnershipState } from "./state.ts"
import { nextTelling, tellClaims } from "./telling.ts"
import type { Work } from "./work.ts"

export type Owned = {
  readonly next: OwnershipState
  readonly effects: readonly OwnershipEffect[]
  /** When to step with "wake"; undefined: nothing is waited for. */
  readonly wakeAt: Millis | undefined
}

/**
 * Which VIPs does this speaker answer for? One step: what happened at `now` (monotonic) gives the next state and what is to
 * be done. `voices` is who was heard on the links, from the detector's state.
 */
export const ownershipStep = (state: OwnershipState, event: OwnershipEvent, now: Millis, voices: Voices): Owned => {
  const work: Work = { draft: { ...state }, effects: [], now, voices, copied: new Set() }
  handle(work, event)
  tellClaims(work)
  if (!sameView(state, work)) tellDetector(work)
  if (
    work.draft.leaving !== false &&
    holdsNothing(work) &&
    (event.type === "leave" || !holdsNothing({ ...work, draft: state }))
  ) {
    work.effects.push({ type: "left" })
  }
  return { next: work.draft, effects: work.effects, wakeAt: wakeAt(work) }
}

const handle = (work: Work, event: OwnershipEvent): void => {
  if (event.type === "peers") onPeers(work, event.peers)
  else if (event.type === "links") onLinks(work, event.links)
  else if (event.type === "wanted") onWanted(work, event.wanted)
  else if (event.type === "message") onMessage(work, event)
  else if (event.type === "wire") onWire(work, event.link, event.vip, event.mac)
  else if (event.type === "gone" || event.type === "back") onGone(work, event)
  else if (event.type === "stalled") learnAfterStall(work)
  else if (event.type === "wake") onWake(work)
  else {
    if (event.type === "policy") work.draft.policy = event.policy
    if (event.type === "api") work.draft.apiAway = event.away
    if (event.type === "leave") work.draft.leaving = event.restarts ? "restarts" : "for good"
    reviewAll(work)
  }
}

const onGone = (work: Work, event: Extract<OwnershipEvent, { type: "gone" | "back" }>): void => {
  const gone = new Map(work.draft.gone)
  if (event.type === "gone") gone.set(keyOf(event.node, event.link), { own: event.own, kind: event.gone })
  else gone.delete(keyOf(event.node, event.link))
  work.draft.gone = gone
  reviewAll(work, event.link)
}

const onWake = (work: Work): void => {
  for (const link of work.draft.links.keys()) continueLearning(work, link)
  for (const seat of [...work.draft.seats.values()]) {
    if (seat.dueAt !== undefined && seat.dueAt <= work.now) review(work, seat.vip)
  }
}

/** Nothing changed that the detector would want to know. */
const sameView = (before: OwnershipState, { draft }: Work): boolean =>
  before.seats === draft.seats && before.claimants === draft.claimants && before.gone === draft.gone

const holdsNothing = (work: Pick<Work, "draft">): boolean =>
  [...work.draft.seats.values()].every(seat => seat.mine === "no")

const wakeAt = (work: Work): Millis | undefined => {
  let least = nextTelling(work)
  for (const seat of work.draft.seats.values()) least = earliest(least, seat.dueAt)
  for (const { learning } of work.draft.links.values()) {
    if (learning !== undefined) least = earliest(least, learning.askAt, learning.until)
  }
  return least
}
