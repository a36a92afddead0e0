import { changeAwareness } from "./awareness.ts"
import { type Draft, note } from "./draft.ts"
import { expireExchanges, nextExpiry } from "./exchange.ts"
import { gossip, nextGossip } from "./gossip.ts"
import type { Happened } from "./happening.ts"
import { nextLeave } from "./leave.ts"
import { continueProbing, nextProbeStep } from "./probe.ts"
import { nextPushPull, syncWithOne } from "./push-pull.ts"
import { nextReconnect, reconnect } from "./reconnect.ts"
import { expireRelays, nextRelayExpiry } from "./relay.ts"
import { limits, type State } from "./state.ts"
import { expireSuspicions, nextDeath } from "./suspect.ts"
import type { Millis } from "./time.ts"

/**
 * When the next tick event is wanted, `now` or later; infinity where nothing will ever be due by itself. What became due
 * long after its regular time (news while there was none) is due now, and not late.
 */
export const nextWake = (state: State, now: Millis): Millis => Math.max(now, nextDue(state))

const nextDue = (state: State): Millis =>
  Math.min(
    nextRelayExpiry(state),
    state.phase === "running" ? nextProbeStep(state) : Number.POSITIVE_INFINITY,
    nextDeath(state),
    nextExpiry(state),
    nextReconnect(state),
    state.phase === "running" ? nextPushPull(state) : Number.POSITIVE_INFINITY,
    nextGossip(state),
    nextLeave(state),
  )

/** Does everything that is due, in this order whatever the order of the times: gossip last, so that it tells all of it. */
export const handleTick = (draft: Draft, due: Millis): Happened => {
  const late = draft.now - due
  if (late > limits.pause) forgiveSilence(draft, late)
  expireRelays(draft)
  if (draft.state.phase === "running") continueProbing(draft)
  expireSuspicions(draft)
  expireExchanges(draft)
  reconnect(draft)
  if (draft.state.phase === "running") syncWithOne(draft)
  gossip(draft)
  return draft.happenings.at(-1)?.what ?? note(draft, "nothing-due")
}

/**
 * This process stood still and could not hear anybody: nobody's time ran meanwhile. Answers that came wait in the sockets
 * and are read before the next deadline.
 */
const forgiveSilence = (draft: Draft, late: Millis): void => {
  const { state } = draft
  const { probe } = state
  if (probe !== undefined)
    state.probe = {
      ...probe,
      deadline: probe.deadline + late,
      indirectAt: probe.indirectAt === undefined ? undefined : probe.indirectAt + late,
    }
  state.suspicions = new Map([...state.suspicions].map(([name, s]) => [name, { ...s, began: s.began + late }]))
  changeAwareness(draft, 1)
  note(draft, "paused", `${Math.round(late)} ms`)
}
