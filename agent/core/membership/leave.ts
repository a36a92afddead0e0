import { handleDead } from "./dead.ts"
import { type Draft, note } from "./draft.ts"
import type { Happened } from "./happening.ts"
import { isLive } from "./member.ts"
import { isSelf, selfOf } from "./roster.ts"
import type { State } from "./state.ts"
import type { Millis } from "./time.ts"

/** Tells everybody that this node goes, so that nobody has to find out. `within` bounds how long it waits for them to hear. */
export const handleLeave = (draft: Draft, within: Millis): Happened => {
  const { state, now } = draft
  if (state.phase !== "running") return note(draft, "already-left", state.config.name)
  const self = selfOf(state)
  state.phase = "leaving"
  state.leaveBy = now + within
  state.probe = undefined
  return handleDead(draft, { kind: "dead", incarnation: self.incarnation, node: self.name, from: self.name })
}

export const nextLeave = ({ phase, leaveBy }: State): Millis =>
  phase === "leaving" ? leaveBy : Number.POSITIVE_INFINITY

/** Ends the leave once the message has been sent as often as it is to be, there is nobody to hear it, or time is up. */
export const finishLeave = (draft: Draft): void => {
  const { state, now } = draft
  if (state.phase !== "leaving") return
  const audience = [...state.members.values()].some(m => isLive(m) && !isSelf(state, m.name))
  if (audience && state.broadcasts.has(state.config.name) && state.leaveBy > now) return
  state.phase = "left"
  draft.effects.push({ kind: "left" })
  note(draft, "left", state.config.name)
}
