import { phraseOf } from "../../sentence.ts"
import { beginRib } from "../rib/family-rib.ts"
import type { Notification } from "../wire/notification.ts"
import { chance, type Draft, laneAt, type Slot, setLane, setRib, setWhy, tellChange } from "./draft.ts"
import { type Explained, explain } from "./explain.ts"
import { connectionOf, type Lane, linkOf } from "./lane.ts"
import type { LastEnd } from "./session.ts"
import { calmAfter, idleHoldTime, retryDelay } from "./timers.ts"
import { transmitNotification } from "./transmit.ts"

/** How a connection, or an attempt at one, ends. */
export type Ending = {
  readonly by: LastEnd["by"]
  readonly explained: Explained
  /** Sent before the connection closes; undefined: it closes without a word. */
  readonly notification: Notification | undefined
  readonly next: Next
  /** False where nothing went wrong that somebody has to know of. */
  readonly noted: boolean
}

/**
 * What becomes of the session: Idle until the damping of oscillations lets it go on; Active until the next attempt to connect; Idle and
 * on at once; Idle until an event from outside.
 */
export type Next = "damp" | "retry" | "again" | "rest"

/**
 * Ends what a state machine has. Where a second connection stands, it takes the place of a session that ends, and nothing is lost.
 */
export const end = (draft: Draft, slot: Slot, ending: Ending): void => {
  const { state, now } = draft
  const lane = laneAt(draft, slot)
  if (lane === undefined) return
  hangUp(draft, lane, ending.notification)
  if (ending.noted) state.last = { at: now, by: ending.by, explained: ending.explained }
  if (slot === "second") {
    state.second = undefined
    return
  }
  if (lane.state === "Established") leaveEstablished(draft, now - lane.upSince)
  const { second } = state
  if (second !== undefined) {
    state.second = undefined
    setLane(draft, "main", second)
    setWhy(draft, explain(state, second.state === "OpenConfirm" ? "ML431" : "ML430"))
  } else {
    setWhy(draft, ending.explained)
    setLane(draft, "main", nextLane(draft, ending))
  }
  // Here too, since a session that begins again at once would hide why it ended.
  tellChange(draft)
}

/** Closes the connection of a lane, or stops opening it. */
const hangUp = (draft: Draft, lane: Lane, notification: Notification | undefined): void => {
  const connection = connectionOf(lane)
  if (connection === undefined) return
  const link = linkOf(lane)
  if (link !== undefined && notification !== undefined) transmitNotification(draft, link, notification)
  draft.effects.push({ kind: "close", connection, how: link === undefined ? "abort" : "flush" })
}

/** The peer has no routes of this session any more, and a session that was up long wipes out the losses before it. */
const leaveEstablished = (draft: Draft, upFor: number): void => {
  if (upFor >= calmAfter) draft.state.losses = 0
  draft.state.plain = false
  for (const family of ["IPv4", "IPv6"] as const) setRib(draft, family, beginRib(draft.state.ribs[family], "none"))
}

const nextLane = (draft: Draft, { next, explained }: Ending): Lane => {
  const { state, now } = draft
  switch (next) {
    case "rest":
      state.retries = 0
      return { state: "Idle", until: undefined }
    case "again":
      state.retries = 0
      return { state: "Idle", until: now }
    case "retry": {
      state.retries += 1
      const delay = retryDelay(state.retries, state.settings.connectTime * 1_000, chance(draft))
      return { state: "Active", retryAt: state.settings.connects ? now + delay : undefined, waiting: undefined }
    }
    case "damp": {
      state.retries += 1
      state.losses += 1
      const delay = idleHoldTime(state.losses, chance(draft))
      if (delay > 0) {
        const before = phraseOf(explained.reason, explained.facts)
        const facts = { losses: state.losses, seconds: Math.ceil(delay / 1_000), before }
        setWhy(draft, explain(state, "ML444", facts))
      }
      return { state: "Idle", until: now + delay }
    }
  }
}
