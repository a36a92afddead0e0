import { broadcast } from "./broadcasts.ts"
import { handleDead } from "./dead.ts"
import { type Draft, note, owned, tellChange } from "./draft.ts"
import type { Happened } from "./happening.ts"
import type { Member } from "./member.ts"
import { answerStale, refute } from "./refute.ts"
import { isSelf, putMember } from "./roster.ts"
import type { State } from "./state.ts"
import { confirm, deathOf, newSuspicion, type Suspicion, suspicionTimeout } from "./suspicion.ts"
import type { Millis } from "./time.ts"
import { hurryGossip, lookAtSuspect } from "./urgency.ts"
import type { Suspect } from "./wire/message.ts"

/** Somebody, perhaps this node, got no answer from another. */
export const handleSuspect = (draft: Draft, suspect: Suspect): Happened => {
  const { state } = draft
  const known = state.members.get(suspect.node)
  if (known === undefined) return note(draft, "claim-about-unknown", suspect.node)
  if (suspect.incarnation < known.incarnation) return answerStale(draft, known)
  const running = state.suspicions.get(suspect.node)
  if (running !== undefined) return addAccuser(draft, running, suspect)
  if (known.state !== "alive") return note(draft, "claim-known", suspect.node)
  if (isSelf(state, suspect.node)) return refute(draft, suspect.incarnation)
  return begin(draft, known, suspect)
}

const addAccuser = (draft: Draft, running: Suspicion, suspect: Suspect): Happened => {
  const confirmed = confirm(running, suspect.from)
  if (confirmed === undefined) return note(draft, "claim-known", suspect.node)
  setSuspicion(draft, suspect.node, confirmed)
  broadcast(draft, suspect.node, suspect)
  hurryGossip(draft)
  return note(draft, "member-confirmed", suspect.node)
}

const begin = (draft: Draft, known: Member, suspect: Suspect): Happened => {
  const { state, now } = draft
  const { suspicionMult, suspicionMaxTimeoutMult, suspicionBySize, probeInterval } = state.settings
  const least = suspicionTimeout(suspicionMult, suspicionBySize ? state.members.size : 1, probeInterval)
  const wanted = wantedConfirmations(state, known.name)
  setSuspicion(draft, known.name, newSuspicion(suspect.from, wanted, least, least * suspicionMaxTimeoutMult, now))
  const member: Member = { ...known, incarnation: suspect.incarnation, state: "suspect", since: now }
  putMember(draft, member)
  broadcast(draft, member.name, suspect)
  tellChange(draft, "suspected", member)
  hurryGossip(draft)
  if (suspect.from !== state.config.name) lookAtSuspect(draft, member.name)
  return note(draft, "member-suspected", member.name)
}

/**
 * The library wants suspicionMult - 2 confirmations, or none where there are not so many others. With a number of our own
 * it is that many, or as many as there are others alive.
 */
const wantedConfirmations = (state: State, suspect: string): number => {
  const { confirmations, suspicionMult } = state.settings
  if (confirmations === undefined) {
    const wanted = suspicionMult - 2
    return state.members.size - 2 < wanted ? 0 : wanted
  }
  let others = 0
  for (const { name, state: s } of state.members.values())
    if (s === "alive" && name !== suspect && !isSelf(state, name)) others += 1
  return Math.min(confirmations, others)
}

const setSuspicion = (draft: Draft, name: string, suspicion: Suspicion): void => {
  draft.state.suspicions = owned(draft.base.suspicions, draft.state.suspicions).set(name, suspicion)
}

/** When the first suspect runs out of time. */
export const nextDeath = (state: State): Millis => {
  let next = Number.POSITIVE_INFINITY
  for (const suspicion of state.suspicions.values()) next = Math.min(next, deathOf(suspicion))
  return next
}

/** Declares dead whoever has run out of time, in the order of names. */
export const expireSuspicions = (draft: Draft): void => {
  const { state, now } = draft
  const over = [...state.suspicions].filter(([, suspicion]) => deathOf(suspicion) <= now).map(([name]) => name)
  for (const name of over.sort()) {
    const known = state.members.get(name)
    if (known === undefined) continue
    handleDead(draft, { kind: "dead", incarnation: known.incarnation, node: name, from: state.config.name })
  }
}
