import { ipFamilyOf } from "../wire/family.ts"
import { faultOf } from "../wire/fault.ts"
import { cease, ceaseOf } from "../wire/notification.ts"
import type { RouteRefresh } from "../wire/refresh.ts"
import { chance, type Draft, type Slot, setLane, setRib } from "./draft.ts"
import { type Ending, end } from "./ending.ts"
import { closedEnding, collisionEnding, faultEnding, forcefully, notifiedEnding, unexpected } from "./endings.ts"
import { explain } from "./explain.ts"
import { pour } from "./guard.ts"
import type { Established } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { learn } from "./learned.ts"
import { keepaliveDelay, sendHoldTime } from "./timers.ts"
import { transmitKeepalive } from "./transmit.ts"

const stray = (draft: Draft, slot: Slot): void => end(draft, slot, unexpected(draft, "unexpected-in-established"))

/** RFC 4271 section 8.2.2: the session is up. */
export const established: Handlers<Established> = {
  start: () => undefined,
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "automatic-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "connect-retry-timer": stray,
  "hold-timer": (draft, slot, { agreed }) => {
    const facts = { seconds: agreed.holdTime }
    end(draft, slot, faultEnding(draft, faultOf("hold-timer"), explain(draft.state, "ML440", facts)))
  },
  "keepalive-timer": (draft, slot, lane) => {
    transmitKeepalive(draft, lane.link)
    setLane(draft, slot, { ...lane, keepaliveAt: draft.now + keepaliveDelay(lane.agreed.keepaliveTime, chance(draft)) })
  },
  "delay-open-timer": stray,
  "idle-hold-timer": stray,
  // RFC 9687 section 3.2: the peer takes nothing, so that it could not read a NOTIFICATION either; it is tried all the same.
  "send-hold-timer": (draft, slot, { agreed }) => {
    const facts = { seconds: sendHoldTime(agreed.holdTime) / 1_000 }
    end(draft, slot, faultEnding(draft, faultOf("send-hold-timer"), explain(draft.state, "ML449", facts)))
  },
  connected: stray,
  failed: (draft, slot, _lane, { code, message }) => end(draft, slot, closedEnding(draft, code, message, "damp")),
  // RFC 4271 leaves a second OPEN to CollisionDetectEstablishedState, which is FALSE: nobody has to send one.
  open: stray,
  "header-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  "open-fault": stray,
  collision: (draft, slot) => end(draft, slot, collisionEnding(draft)),
  "version-notification": (draft, slot, _lane, { notification }) =>
    end(draft, slot, notifiedEnding(draft, notification)),
  notification: (draft, slot, _lane, { notification }) => end(draft, slot, notifiedEnding(draft, notification)),
  keepalive: (draft, slot, lane) => heard(draft, slot, lane, 1, "ML442"),
  update: (draft, slot, lane, { reading }) => {
    if (reading === undefined) return
    const { learned, routes } = learn(lane.learned, reading)
    heard(draft, slot, { ...lane, learned }, Math.max(1, routes), "ML443")
  },
  "update-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  refresh: (draft, slot, lane, { refresh }) => {
    if (refresh !== undefined) wantRefresh(draft, lane, refresh)
    heard(draft, slot, lane, 1, "ML442")
  },
  "refresh-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
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
