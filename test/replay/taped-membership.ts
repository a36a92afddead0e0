import { nextWake } from "../../agent/core/membership/clockwork.ts"
import type { Effect } from "../../agent/core/membership/effect.ts"
import { endpointKey } from "../../agent/core/membership/endpoint.ts"
import type { MembershipEvent } from "../../agent/core/membership/event.ts"
import type { State } from "../../agent/core/membership/state.ts"
import { step } from "../../agent/core/membership/step.ts"
import { decodePacketMessage, decodeStreamMessage } from "../../agent/core/membership/wire/decode.ts"
import { fromPlain, toPlain } from "../../agent/core/plain.ts"
import type { Machine } from "./replay.ts"

/** One member. The first event is the state of one, as a running agent gives it; messages that go out are shown as they are read. */
export const tapedMember = (): Machine => {
  let state: State | undefined
  return (recorded, at) => {
    const event = fromPlain(recorded) as MembershipEvent | { readonly state: State }
    if ("state" in event) {
      state = event.state
      return []
    }
    if (state === undefined) throw new Error("a recording begins with a state")
    const { next, effects, reason } = step(state, event, at)
    state = next
    return [...effects.map(shown), { reason, wakeAt: toPlain(nextWake(next, at)) }]
  }
}

const shown = (effect: Effect) => {
  if (effect.kind === "send") {
    const messages = effect.messages.map(bytes => toPlain(decodePacketMessage(bytes)))
    return { kind: "send", to: endpointKey(effect.to), messages }
  }
  if (effect.kind === "dial" || effect.kind === "answer")
    return toPlain({ ...effect, message: decodeStreamMessage(effect.message) })
  return toPlain(effect)
}
