import { dial } from "./dial.ts"
import type { Draft, Slot } from "./draft.ts"
import { end } from "./ending.ts"
import { closedEnding, faultEnding, notifiedEnding, silently, unexpected } from "./endings.ts"
import type { Active } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { acceptOpen, connected, sendOpen } from "./opening.ts"

const stray = (draft: Draft, slot: Slot): void => end(draft, slot, silently(unexpected(draft, "unexpected-in-connect")))

/** RFC 4271 section 8.2.2: the peer may connect; or its connection stands and waits for its OPEN (DelayOpen). */
export const active: Handlers<Active> = {
  start: () => undefined,
  // A connection that waits for the peer's OPEN gets the Cease: SendNOTIFICATIONwithoutOPEN is TRUE.
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "automatic-stop": (draft, slot, _lane, { ending }) => end(draft, slot, silently(ending)),
  "connect-retry-timer": (draft, slot) => dial(draft, slot),
  "hold-timer": stray,
  "keepalive-timer": stray,
  "delay-open-timer": (draft, slot, { waiting }) => {
    if (waiting !== undefined) sendOpen(draft, slot, waiting.link)
  },
  "idle-hold-timer": stray,
  "send-hold-timer": stray,
  connected: (draft, slot, _lane, { link }) => connected(draft, slot, link),
  failed: (draft, slot, _lane, { code, message }) => end(draft, slot, closedEnding(draft, code, message, "damp")),
  open: (draft, slot, { waiting }, { open }) => {
    if (waiting === undefined) stray(draft, slot)
    else acceptOpen(draft, slot, waiting.link, open, true)
  },
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
