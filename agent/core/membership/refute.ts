import { changeAwareness } from "./awareness.ts"
import { broadcast } from "./broadcasts.ts"
import { type Draft, note } from "./draft.ts"
import type { Happened } from "./happening.ts"
import { aliveOf, isLive, type Member } from "./member.ts"
import { isSelf, putMember, selfOf } from "./roster.ts"
import { hurryGossip } from "./urgency.ts"

const maxIncarnation = 0xffff_ffff

/**
 * Answers a claim that this node is suspect, dead or otherwise than it is, with an incarnation that beats the claim's.
 * `claimed` is at least the node's own: older claims are answered by `answerStale`.
 */
export const refute = (draft: Draft, claimed: number): Happened => {
  const self = selfOf(draft.state)
  changeAwareness(draft, 1)
  tellOfSelf(draft, { ...self, incarnation: claimed })
  hurryGossip(draft)
  return note(draft, "refuted", self.name)
}

/**
 * A claim that this node has refuted already: whoever makes it has not heard, so it is told again. Only where the settings
 * are eager; the library is silent then. Claims about others are left to them.
 */
export const answerStale = (draft: Draft, known: Member): Happened => {
  const { state } = draft
  if (state.settings.eager && isSelf(state, known.name) && isLive(known)) {
    broadcast(draft, known.name, aliveOf(known))
    hurryGossip(draft)
  }
  return note(draft, "claim-stale", known.name)
}

/** Tells everybody about this node as `self` has it, under the next incarnation. */
export const tellOfSelf = (draft: Draft, self: Member): void => {
  const next = { ...self, incarnation: Math.min(maxIncarnation, self.incarnation + 1) }
  putMember(draft, next)
  broadcast(draft, next.name, aliveOf(next))
}
