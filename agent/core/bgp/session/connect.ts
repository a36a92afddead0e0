import { beforeOpen } from "./before-open.ts"
import { dial } from "./dial.ts"
import { end } from "./ending.ts"
import { closedEnding, failureEnding, silently } from "./endings.ts"
import type { Connect } from "./lane.ts"
import type { Handlers } from "./lane-event.ts"

/** RFC 4271 section 8.2.2: a connection is being opened, or stands and waits for the peer's OPEN (DelayOpen). */
export const connect: Handlers<Connect> = {
  ...beforeOpen,
  "manual-stop": (draft, slot, _lane, { ending }) => end(draft, slot, silently(ending)),
  "connect-retry-timer": (draft, slot, lane) => {
    const { explained, by } = failureEnding(draft, "ETIMEDOUT", "")
    draft.effects.push({ kind: "close", connection: lane.connection, how: "abort" })
    draft.state.retries += 1
    draft.state.last = { at: draft.now, by, explained }
    dial(draft, slot)
  },
  // Differs where no OPEN is delayed: Active in the place of Idle, so that the peer may open a connection until the next attempt.
  failed: (draft, slot, { waiting }, { code, message }) =>
    end(
      draft,
      slot,
      waiting === undefined ? failureEnding(draft, code, message) : closedEnding(draft, code, message, "retry"),
    ),
}
