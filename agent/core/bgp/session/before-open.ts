import type { Draft, Slot } from "./draft.ts"
import { end } from "./ending.ts"
import { faultEnding, notifiedEnding, silently, unexpected } from "./endings.ts"
import type { Active, Connect } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { acceptOpen, connected, sendOpen } from "./opening.ts"

/** What must not come before an OPEN was sent: RFC 4271 drops the connection, and there is nobody to be told. */
const stray = (draft: Draft, slot: Slot): void => end(draft, slot, silently(unexpected(draft, "unexpected-in-connect")))

/** What Connect and Active have in common (RFC 4271 section 8.2.2): no OPEN is sent; a connection may stand and wait for the peer's (DelayOpen). */
export const beforeOpen: Omit<Handlers<Connect | Active>, "manual-stop" | "connect-retry-timer" | "failed"> = {
  start: () => undefined,
  "automatic-stop": (draft, slot, _lane, { ending }) => end(draft, slot, silently(ending)),
  "hold-timer": stray,
  "keepalive-timer": stray,
  "delay-open-timer": (draft, slot, { waiting }) => {
    if (waiting !== undefined) sendOpen(draft, slot, waiting.link)
  },
  "idle-hold-timer": stray,
  "send-hold-timer": stray,
  connected: (draft, slot, _lane, { link }) => connected(draft, slot, link),
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
