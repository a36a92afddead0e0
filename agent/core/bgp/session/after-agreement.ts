import { faultOf } from "../wire/fault.ts"
import { chance, setLane } from "./draft.ts"
import { end } from "./ending.ts"
import { closedEnding, collisionEnding, faultEnding, notifiedEnding } from "./endings.ts"
import { explain } from "./explain.ts"
import type { Established, OpenConfirm } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"
import { keepaliveDelay } from "./timers.ts"
import { transmitKeepalive } from "./transmit.ts"

type Common =
  | "start"
  | "manual-stop"
  | "automatic-stop"
  | "hold-timer"
  | "keepalive-timer"
  | "failed"
  | "header-fault"
  | "collision"
  | "version-notification"
  | "notification"

/** What OpenConfirm and Established have in common (RFC 4271 section 8.2.2): the OPENs agree, and timers run as agreed. */
export const afterAgreement: Pick<Handlers<OpenConfirm | Established>, Common> = {
  start: () => undefined,
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "automatic-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "hold-timer": (draft, slot, { agreed }) => {
    const facts = { seconds: agreed.holdTime }
    end(draft, slot, faultEnding(draft, faultOf("hold-timer"), explain(draft.state, "ML440", facts)))
  },
  "keepalive-timer": (draft, slot, lane) => {
    transmitKeepalive(draft, lane.link)
    setLane(draft, slot, { ...lane, keepaliveAt: draft.now + keepaliveDelay(lane.agreed.keepaliveTime, chance(draft)) })
  },
  failed: (draft, slot, _lane, { code, message }) => end(draft, slot, closedEnding(draft, code, message, "damp")),
  "header-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  collision: (draft, slot) => end(draft, slot, collisionEnding(draft)),
  "version-notification": (draft, slot, _lane, { notification }) =>
    end(draft, slot, notifiedEnding(draft, notification)),
  notification: (draft, slot, _lane, { notification }) => end(draft, slot, notifiedEnding(draft, notification)),
}
