import { ipFamilyOf } from "../wire/family.ts"
import { faultOf } from "../wire/fault.ts"
import { cease, ceaseOf } from "../wire/notification.ts"
import type { RouteRefresh } from "../wire/refresh.ts"
import { afterAgreement } from "./after-agreement.ts"
import { type Draft, type Slot, setLane, setRib } from "./draft.ts"
import { type Ending, end } from "./ending.ts"
import { faultEnding, forcefully, unexpected } from "./endings.ts"
import { explain } from "./explain.ts"
import { pour } from "./guard.ts"
import type { Established } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { learn } from "./learned.ts"
import { tellMalformed } from "./malformed.ts"
import { sendHoldTime } from "./timers.ts"

const stray = (draft: Draft, slot: Slot): void => end(draft, slot, unexpected(draft, "unexpected-in-established"))

/** RFC 4271 section 8.2.2: the session is up. */
export const established: Handlers<Established> = {
  ...afterAgreement,
  // RFC 9687 section 3.2: the peer takes nothing, so that it could not read a NOTIFICATION either; it is tried all the same.
  "send-hold-timer": (draft, slot, { agreed }) => {
    const facts = { seconds: sendHoldTime(agreed.holdTime) / 1_000 }
    end(draft, slot, faultEnding(draft, faultOf("send-hold-timer"), explain(draft.state, "ML449", facts)))
  },
  keepalive: (draft, slot, lane) => heard(draft, slot, lane, 1, "ML442"),
  update: (draft, slot, lane, { reading, malformed }) => {
    if (reading === undefined) return
    tellMalformed(draft, malformed)
    const { learned, routes } = learn(lane.learned, reading)
    heard(draft, slot, { ...lane, learned }, Math.max(1, routes), "ML443")
  },
  "update-fault": (draft, slot, _lane, { fault, malformed }) => {
    tellMalformed(draft, malformed)
    end(draft, slot, faultEnding(draft, fault))
  },
  refresh: (draft, slot, lane, { refresh }) => {
    if (refresh !== undefined) wantRefresh(draft, lane, refresh)
    heard(draft, slot, lane, 1, "ML442")
  },
  "refresh-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  "connect-retry-timer": stray,
  "delay-open-timer": stray,
  "idle-hold-timer": stray,
  connected: stray,
  // RFC 4271 leaves a second OPEN to CollisionDetectEstablishedState, which is FALSE: nobody has to send one.
  open: stray,
  "open-fault": stray,
}

/**
 * A sign of life restarts the HoldTimer: RFC 4271 section 4.4 counts KEEPALIVE and UPDATE, and any other message shows as well that the
 * peer lives. A peer that sends more than the guard lets pass is cut off.
 */
const heard = (draft: Draft, slot: Slot, lane: Established, amount: number, excess: "ML442" | "ML443"): void => {
  const { settings } = draft.state
  const { guard, isFull } = pour(lane.guard, amount, settings.maxPrefixes, draft.now)
  const { holdTime } = lane.agreed
  const hold = holdTime === 0 ? undefined : { at: draft.now + holdTime * 1_000, extended: false }
  setLane(draft, slot, { ...lane, guard, hold })
  if (!isFull) return
  // RFC 4271 section 6.7, RFC 4486 section 4.
  const subcode = excess === "ML443" ? cease.maximumPrefixes : cease.outOfResources
  const ending: Ending = {
    by: "us",
    explained: explain(draft.state, excess, { limit: settings.maxPrefixes }),
    notification: forcefully(lane, ceaseOf(subcode)),
    next: "damp",
    noted: true,
  }
  draft.fire(slot, { kind: "automatic-stop", ending })
}

/** RFC 2918 section 4: for a family that was not agreed on it is ignored. What the peer says of its own refreshes is of no use here. */
const wantRefresh = (draft: Draft, { agreed }: Established, { subtype, family }: RouteRefresh): void => {
  const ip = ipFamilyOf(family)
  if (subtype !== "request" || ip === undefined || !agreed.routeRefresh || !agreed.wire.families.includes(ip)) return
  setRib(draft, ip, { ...draft.state.ribs[ip], refresh: "wanted" })
}
