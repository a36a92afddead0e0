import { broadcast } from "./broadcasts.ts"
import { type Draft, note, owned, tellChange } from "./draft.ts"
import type { Happened } from "./happening.ts"
import { isLive, type Member } from "./member.ts"
import { answerStale, refute } from "./refute.ts"
import { isSelf, putMember } from "./roster.ts"
import { hurryGossip } from "./urgency.ts"
import type { Dead } from "./wire/message.ts"

/** Somebody declares a node dead, or a node says that it leaves. */
export const handleDead = (draft: Draft, dead: Dead): Happened => {
  const { state, now } = draft
  const known = state.members.get(dead.node)
  if (known === undefined) return note(draft, "claim-about-unknown", dead.node)
  if (dead.incarnation < known.incarnation) return answerStale(draft, known)
  forgetSuspicion(draft, dead.node)
  if (!isLive(known)) return note(draft, "claim-known", dead.node)
  if (isSelf(state, dead.node) && state.phase === "running") return refute(draft, dead.incarnation)
  const gone: Member = {
    ...known,
    incarnation: dead.incarnation,
    state: dead.node === dead.from ? "left" : "dead",
    since: now,
  }
  putMember(draft, gone)
  broadcast(draft, gone.name, dead)
  hurryGossip(draft)
  if (isSelf(state, gone.name)) return note(draft, "leaving", gone.name)
  const left = gone.state === "left"
  tellChange(draft, left ? "left" : "dead", gone, known.state === "suspect" ? now - known.since : 0)
  return note(draft, left ? "member-left" : "member-dead", gone.name)
}

const forgetSuspicion = (draft: Draft, name: string): void => {
  if (!draft.state.suspicions.has(name)) return
  const suspicions = owned(draft.base.suspicions, draft.state.suspicions)
  suspicions.delete(name)
  draft.state.suspicions = suspicions
}
