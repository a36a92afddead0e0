import { dial } from "./dial.ts"
import { type Draft, type Slot, setLane, setWhy } from "./draft.ts"
import { explain, explainAbsence } from "./explain.ts"
import type { Idle } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"

const ignore = (): void => undefined

/** RFC 4271 section 8.2.2: everything but a start, and the end of the damping, leaves this state as it is. */
export const idle: Handlers<Idle> = {
  start: (draft, slot) => begin(draft, slot),
  "idle-hold-timer": (draft, slot) => begin(draft, slot),
  "manual-stop": (draft, slot, _lane, { ending }) => {
    setLane(draft, slot, { state: "Idle", until: undefined })
    setWhy(draft, ending.explained)
  },
  "automatic-stop": ignore,
  "connect-retry-timer": ignore,
  "hold-timer": ignore,
  "keepalive-timer": ignore,
  "delay-open-timer": ignore,
  "send-hold-timer": ignore,
  connected: ignore,
  failed: ignore,
  open: ignore,
  "header-fault": ignore,
  "open-fault": ignore,
  collision: ignore,
  "version-notification": ignore,
  notification: ignore,
  keepalive: ignore,
  update: ignore,
  "update-fault": ignore,
  refresh: ignore,
  "refresh-fault": ignore,
}

/** Connect; Active where the peer has to come to us; or still Idle, where nobody knows where the peer is. */
const begin = (draft: Draft, slot: Slot): void => {
  const { state } = draft
  if (!state.started) return
  if (state.place === undefined) {
    setLane(draft, slot, { state: "Idle", until: undefined })
    setWhy(draft, explainAbsence(state))
  } else if (state.settings.connects) dial(draft, slot)
  else {
    setLane(draft, slot, { state: "Active", retryAt: undefined, waiting: undefined })
    setWhy(draft, explain(state, "ML452"))
  }
}
