import { afterAgreement } from "./after-agreement.ts"
import type { Draft, Slot } from "./draft.ts"
import { end } from "./ending.ts"
import { faultEnding, unexpected } from "./endings.ts"
import { establish } from "./establish.ts"
import type { OpenConfirm } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"

const stray = (draft: Draft, slot: Slot): void => end(draft, slot, unexpected(draft, "unexpected-in-open-confirm"))

/** RFC 4271 section 8.2.2: the OPENs agree, the peer's KEEPALIVE is waited for. */
export const openConfirm: Handlers<OpenConfirm> = {
  ...afterAgreement,
  keepalive: (draft, slot, lane) => establish(draft, slot, lane),
  "connect-retry-timer": stray,
  "delay-open-timer": stray,
  "idle-hold-timer": stray,
  "send-hold-timer": stray,
  connected: stray,
  // A second OPEN on one connection: RFC 4271 leaves open what it would mean.
  open: stray,
  "open-fault": (draft, slot, _lane, { fault }) => end(draft, slot, faultEnding(draft, fault)),
  update: stray,
  "update-fault": stray,
  refresh: stray,
  "refresh-fault": stray,
}
