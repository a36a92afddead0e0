import { tellingAt } from "./advertise.ts"
import { type Draft, laneAt, type Slot, setLane } from "./draft.ts"
import type { Hold, Lane } from "./lane.ts"
import type { LaneEventKind } from "./lane-event.ts"
import type { Session } from "./session.ts"
import type { Millis } from "./time.ts"
import { heldUpAfter, holdExtension, sendHoldTime } from "./timers.ts"

type TimerKind = Extract<
  LaneEventKind,
  "connect-retry-timer" | "hold-timer" | "keepalive-timer" | "delay-open-timer" | "idle-hold-timer" | "send-hold-timer"
>

type Timer = { readonly kind: TimerKind; readonly at: Millis }

/** The timers that run, the earliest first; of two at once the one that ends something. */
const timersOf = (lane: Lane): readonly Timer[] => {
  const found: Timer[] = []
  const add = (kind: TimerKind, at: Millis | undefined): void => {
    if (at !== undefined) found.push({ kind, at })
  }
  switch (lane.state) {
    case "Idle":
      add("idle-hold-timer", lane.until)
      break
    case "Connect":
    case "Active":
      add("connect-retry-timer", lane.retryAt)
      add("delay-open-timer", lane.waiting?.openAt)
      break
    case "OpenSent":
      add("hold-timer", lane.hold.at)
      break
    case "OpenConfirm":
      add("hold-timer", lane.hold?.at)
      add("keepalive-timer", lane.keepaliveAt)
      break
    case "Established": {
      const { congestedSince } = lane.link
      add("hold-timer", lane.hold?.at)
      add(
        "send-hold-timer",
        congestedSince === undefined ? undefined : congestedSince + sendHoldTime(lane.agreed.holdTime),
      )
      add("keepalive-timer", lane.keepaliveAt)
    }
  }
  return found.sort((a, b) => a.at - b.at)
}

/** Rings what is due. BOUNDED: a timer that rang is set anew or gone, and none is set to less than a second ahead of itself. */
export const ring = (draft: Draft, slot: Slot): void => {
  for (let rung = 0; rung < 8; rung += 1) {
    const lane = laneAt(draft, slot)
    const timer = lane === undefined ? undefined : timersOf(lane)[0]
    if (lane === undefined || timer === undefined || timer.at > draft.now) return
    if (timer.kind === "hold-timer" && extendHold(draft, slot, lane)) continue
    draft.fire(slot, { kind: timer.kind })
  }
}

/**
 * A process that stood still finds the timer expired and the peer's messages unread in the socket: it hears them first. Once, so that a
 * process that is always late does not keep a dead peer for ever.
 */
const extendHold = (draft: Draft, slot: Slot, lane: Lane): boolean => {
  const hold = holdOf(lane)
  if (hold === undefined || hold.extended || draft.now - hold.at < heldUpAfter) return false
  const extended: Hold = { at: draft.now + holdExtension, extended: true }
  if (lane.state === "OpenSent" || lane.state === "OpenConfirm" || lane.state === "Established")
    setLane(draft, slot, { ...lane, hold: extended })
  return true
}

const holdOf = (lane: Lane): Hold | undefined =>
  lane.state === "OpenSent" || lane.state === "OpenConfirm" || lane.state === "Established" ? lane.hold : undefined

/** When the next tick is due; undefined where nothing happens before an event comes. */
export const wakeAt = (session: Session): Millis | undefined => {
  const lanes = session.second === undefined ? [session.main] : [session.main, session.second]
  const instants = lanes.flatMap(lane => timersOf(lane).map(({ at }) => at))
  const telling = tellingAt(session)
  if (telling !== undefined) instants.push(telling)
  return instants.length === 0 ? undefined : Math.min(...instants)
}
