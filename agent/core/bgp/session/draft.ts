import { draw } from "../../membership/random.ts"
import type { IpFamily } from "../../model.ts"
import type { ReasonCode } from "../../reasons.ts"
import type { FamilyRib } from "../rib/family-rib.ts"
import type { SessionEffect } from "./effect.ts"
import type { Explained } from "./explain.ts"
import { connectionOf, type Lane, type LaneState } from "./lane.ts"
import type { LaneEvent } from "./lane-event.ts"
import type { ConnectionId } from "./link.ts"
import type { Session } from "./session.ts"
import type { Millis } from "./time.ts"

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Which of the two state machines. */
export type Slot = "main" | "second"

/** The next state while one step works on it. Only its top level is mutable, so that the state before the step stays as it was. */
export type Draft = {
  readonly state: Mutable<Session>
  readonly now: Millis
  readonly effects: SessionEffect[]
  /** What the last "changed" effect said, or the state before the step. */
  readonly told: { state: LaneState; reason: ReasonCode }
  /** Hands an event to a state machine; here, because states cannot import each other. */
  readonly fire: (slot: Slot, event: LaneEvent) => void
}

export const laneAt = (draft: Draft, slot: Slot): Lane | undefined => draft.state[slot]

export const setLane = (draft: Draft, slot: Slot, lane: Lane): void => {
  draft.state[slot] = lane
}

/** The state machine that has, or is opening, the connection; undefined where none does any more. */
export const slotOf = ({ state }: Draft, connection: ConnectionId): Slot | undefined => {
  if (connectionOf(state.main) === connection) return "main"
  return state.second !== undefined && connectionOf(state.second) === connection ? "second" : undefined
}

/** Tells a change of the session, where there was one since it was told last. */
export const tellChange = ({ state, now, effects, told }: Draft): void => {
  const { reason, facts } = state.why
  const { state: from } = told
  const to = state.main.state
  if (from !== to) state.since = now
  if (from === to && reason === told.reason) return
  effects.push({ kind: "changed", from, to, reason, facts })
  told.state = to
  told.reason = reason
}

/** Says why the session is as it is. */
export const setWhy = (draft: Draft, why: Explained): void => {
  draft.state.why = why
}

export const setRib = (draft: Draft, family: IpFamily, rib: FamilyRib): void => {
  draft.state.ribs = { ...draft.state.ribs, [family]: rib }
}

/** A number in [0, 1). */
export const chance = (draft: Draft): number => {
  const { value, seed } = draw(draft.state.seed)
  draft.state.seed = seed
  return value
}
