import { faultOf } from "../wire/fault.ts"
import type { Notification } from "../wire/notification.ts"
import type { Draft, Slot } from "./draft.ts"
import { end } from "./ending.ts"
import { closedEnding, collisionEnding, faultEnding, notifiedEnding, unexpected } from "./endings.ts"
import { explain } from "./explain.ts"
import type { OpenSent } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { acceptOpen } from "./opening.ts"
import { openHoldTime } from "./timers.ts"

const stray = (draft: Draft, slot: Slot): void => end(draft, slot, unexpected(draft, "unexpected-in-open-sent"))

/** RFC 4271 section 8.2.2: our OPEN is sent, the peer's is waited for. */
export const openSent: Handlers<OpenSent> = {
  start: () => undefined,
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "automatic-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "connect-retry-timer": stray,
  "hold-timer": (draft, slot) => {
    const facts = { seconds: openHoldTime / 1_000 }
    end(draft, slot, faultEnding(draft, faultOf("hold-timer"), explain(draft.state, "ML440", facts)))
  },
  "keepalive-timer": stray,
  "delay-open-timer": stray,
  "idle-hold-timer": stray,
  "send-hold-timer": stray,
  // A second connection never comes here: the session has a state machine of its own for it.
  connected: stray,
  failed: (draft, slot, _lane, { code, message }) => end(draft, slot, closedEnding(draft, code, message, "retry")),
  open: (draft, slot, { link }, { open }) => acceptOpen(draft, slot, link, open, false),
  "header-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  "open-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  collision: (draft, slot) => end(draft, slot, collisionEnding(draft)),
  // Differs: there is no other version to try at once, so that the session is damped.
  "version-notification": (draft, slot, _lane, { notification }) =>
    end(draft, slot, notifiedEnding(draft, notification)),
  notification: (draft, slot, _lane, { notification }) => {
    // RFC 5492 section 3: a peer that does not know optional parameters gets an OPEN without.
    if (isUnsupportedParameter(notification)) draft.state.plain = canBePlain(draft)
    end(draft, slot, notifiedEnding(draft, notification))
  },
  keepalive: stray,
  update: stray,
  "update-fault": stray,
  refresh: stray,
  "refresh-fault": stray,
}

const isUnsupportedParameter = ({ code, subcode }: Notification): boolean => code === 2 && subcode === 4

/** What cannot be said without optional parameters: an AS number of four bytes, routes of IPv6. */
const canBePlain = ({ state: { settings, place } }: Draft): boolean =>
  settings.asn <= 0xffff && place?.address.family === "IPv4" && settings.families === undefined
