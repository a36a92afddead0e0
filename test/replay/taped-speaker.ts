import { newSpeaker, type SpeakerEffect, type SpeakerState, speakerStep } from "../../agent/core/ownership/speaker.ts"
import type { Policy } from "../../agent/core/ownership/state.ts"
import { fromPlain, toPlain } from "../../agent/core/plain.ts"
import { nodeCrypto } from "../../agent/ports/crypto.ts"
import type { TapedEvent } from "../../agent/speaker/guard-terms.ts"
import type { Machine } from "./replay.ts"

/** The first event says what there was before the others: a new speaker, or the state of one, as a running agent gives it. */
type Begin =
  | { readonly create: { readonly self: string; readonly boot: number; readonly policy: Policy } }
  | { readonly state: SpeakerState }

/** Detector and ownership of one speaker. Effects that only tell the thread what to expect are in the state alone. */
export const taped = (): Machine => {
  let state: SpeakerState | undefined
  return (recorded, at) => {
    const event = fromPlain(recorded) as TapedEvent | Begin
    if (!("type" in event)) {
      state = "state" in event ? event.state : newSpeaker(event.create.self, event.create.boot, event.create.policy)
      return []
    }
    if (state === undefined) throw new Error("a recording begins with a state")
    const { steadySince, ...happened } = event
    const { next, effects, wakeAt } = speakerStep(state, happened, at, nodeCrypto, steadySince)
    state = next
    return [...effects.filter(isSeen).map(toPlain), { wakeAt: wakeAt ?? null }]
  }
}

const isSeen = ({ type }: SpeakerEffect): boolean => type !== "expect" && type !== "heartbeats"
