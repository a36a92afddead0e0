import { faultOf } from "../wire/fault.ts"
import { chance, type Draft, type Slot, setLane } from "./draft.ts"
import { end } from "./ending.ts"
import { closedEnding, collisionEnding, faultEnding, notifiedEnding, unexpected } from "./endings.ts"
import { establish } from "./establish.ts"
import { explain } from "./explain.ts"
import type { OpenConfirm } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { keepaliveDelay } from "./timers.ts"
import { transmitKeepalive } from "./transmit.ts"

const stray = (draft: Draft, slot: Slot): void => end(draft, slot, unexpected(draft, "unexpected-in-open-confirm"))

/** RFC 4271 section 8.2.2: the OPENs agree, the peer's KEEPALIVE is waited for. */
export const openConfirm: Handlers<OpenConfirm> = {
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
  "send-hold-timer": stray,
  connected: stray,
  failed: (draft, slot, _lane, { code, message }) => end(draft, slot, closedEnding(draft, code, message, "damp")),
  // A second OPEN on one connection: RFC 4271 leaves open what it would mean.
  open: stray,
  "header-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  "open-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  collision: (draft, slot) => end(draft, slot, collisionEnding(draft)),
  "version-notification": (draft, slot, _lane, { notification }) =>
    end(draft, slot, notifiedEnding(draft, notification)),
  notification: (draft, slot, _lane, { notification }) => end(draft, slot, notifiedEnding(draft, notification)),
  keepalive: (draft, slot, lane) => establish(draft, slot, lane),
  update: stray,
  "update-fault": stray,
  refresh: stray,
  "refresh-fault": stray,
}
