import { beforeOpen } from "./before-open.ts"
import { dial } from "./dial.ts"
import { end } from "./ending.ts"
import { closedEnding } from "./endings.ts"
import type { Active } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"

/** RFC 4271 section 8.2.2: the peer may connect; or its connection stands and waits for its OPEN (DelayOpen). */
export const active: Handlers<Active> = {
  ...beforeOpen,
  // A connection that waits for the peer's OPEN gets the Cease: SendNOTIFICATIONwithoutOPEN is TRUE.
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, ending),
  "connect-retry-timer": (draft, slot) => dial(draft, slot),
  failed: (draft, slot, _lane, { code, message }) => end(draft, slot, closedEnding(draft, code, message, "damp")),
}
