import { dial } from "./dial.ts"
import type { Draft, Slot } from "./draft.ts"
import { end } from "./ending.ts"
import { closedEnding, failureEnding, faultEnding, notifiedEnding, silently, unexpected } from "./endings.ts"
import type { Connect } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { acceptOpen, connected, sendOpen } from "./opening.ts"

/** What must not come before an OPEN was sent: RFC 4271 drops the connection, and there is nobody to be told. */
const stray = (draft: Draft, slot: Slot): void => end(draft, slot, silently(unexpected(draft, "unexpected-in-connect")))

/** RFC 4271 section 8.2.2: a connection is being opened, or stands and waits for the peer's OPEN (DelayOpen). */
export const connect: Handlers<Connect> = {
  start: () => undefined,
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, silently(ending)),
  "automatic-stop": (draft, slot, _lane, { ending }) => end(draft, slot, silently(ending)),
  "connect-retry-timer": (draft, slot, lane) => {
    const { explained, by } = failureEnding(draft, "ETIMEDOUT", "")
    draft.effects.push({ kind: "close", connection: lane.connection, how: "abort" })
    draft.state.retries += 1
    draft.state.last = { at: draft.now, by, explained }
    dial(draft, slot)
  },
  "hold-timer": stray,
  "keepalive-timer": stray,
  "delay-open-timer": (draft, slot, { waiting }) => {
    if (waiting !== undefined) sendOpen(draft, slot, waiting.link)
  },
  "idle-hold-timer": stray,
  "send-hold-timer": stray,
  connected: (draft, slot, _lane, { link }) => connected(draft, slot, link),
  // Differs where no OPEN is delayed: Active in the place of Idle, so that the peer may open a connection until the next attempt.
  failed: (draft, slot, { waiting }, { code, message }) =>
    end(
      draft,
      slot,
      waiting === undefined ? failureEnding(draft, code, message) : closedEnding(draft, code, message, "retry"),
    ),
  open: (draft, slot, { waiting }, { open }) => {
    if (waiting === undefined) stray(draft, slot)
    else acceptOpen(draft, slot, waiting.link, open, true)
  },
  // SendNOTIFICATIONwithoutOPEN is TRUE: whoever configures the peer learns what is wrong.
  "header-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  "open-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  collision: stray,
  "version-notification": (draft, slot, _lane, { notification }) =>
    end(draft, slot, notifiedEnding(draft, notification)),
  notification: (draft, slot, _lane, { notification }) => end(draft, slot, notifiedEnding(draft, notification)),
  keepalive: stray,
  update: stray,
  "update-fault": stray,
  refresh: stray,
  "refresh-fault": stray,
}
