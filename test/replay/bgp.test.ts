import { join } from "node:path"
import { fromRecord, type Recorded, toRecord } from "../../agent/core/bgp/recording.ts"
import type { SessionEvent } from "../../agent/core/bgp/session/event.ts"
import { createSession, type Session, type SessionStart } from "../../agent/core/bgp/session/session.ts"
import type { SessionSettings } from "../../agent/core/bgp/session/settings.ts"
import { step } from "../../agent/core/bgp/session/step.ts"
import { type Machine, replayFolder } from "./replay.ts"

/** The first event of a recording says what the session was made of. */
type Create = { readonly kind: "create"; readonly settings: SessionSettings; readonly start: SessionStart }

replayFolder(join(import.meta.dirname, "bgp"), (): Machine => {
  let session: Session | undefined
  return (recorded, at) => {
    const event = fromRecord(recorded as Recorded) as SessionEvent | Create
    if (event.kind === "create") {
      session = createSession(event.settings, event.start, at)
      return []
    }
    if (session === undefined) throw new Error("a recording begins with what its session was made of")
    const { next, effects } = step(session, event, at)
    session = next
    return effects.map(toRecord)
  }
})
