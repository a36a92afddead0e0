import type { Cidr } from "../../ip/cidr.ts"
import type { FaultName } from "../wire/fault.ts"
import { encodeMessage } from "../wire/message.ts"
import type { Complaint, UpdateReading } from "../wire/path-reader.ts"
import type { Draft } from "./draft.ts"
import type { Millis } from "./time.ts"

/** An UPDATE that could not be taken as it is (RFC 7606), with what somebody needs to find out why. */
export type Malformed = {
  /** What became of it: attributes were left out, its routes were held for withdrawn, or the session ended. */
  readonly outcome: "discard" | "withdraw" | "reset"
  /** What is wrong with it; for each the type of the attribute, 0 where it is about something else. */
  readonly complaints: readonly Pick<Complaint, "fault" | "type">[]
  /** The routes that it is about, as far as they could be read. */
  readonly routes: readonly Cidr[]
  /** The whole message, with its header. */
  readonly message: Uint8Array
}

/** Between two malformed UPDATEs of a peer that are told: a message has up to 64 KiB, and a peer may send nothing else. */
export const malformedPause: Millis = 10_000

/** Undefined where nothing is wrong with it. `body`: what is behind the header; it is copied. */
export const malformedOf = (reading: UpdateReading, body: Uint8Array): Malformed | undefined => {
  const outcome = reading.outcome === "good" ? "discard" : reading.outcome
  if (outcome === "discard" && reading.complaints.length === 0) return undefined
  const message = encodeMessage("update", body)
  return { outcome, complaints: complaintsOf(reading), routes: routesOf(reading), message }
}

const complaintsOf = (reading: UpdateReading): Malformed["complaints"] => {
  const { complaints } = reading
  if (complaints.length > 0 || reading.outcome !== "reset") return complaints
  const fault: FaultName = reading.fault.name
  return [{ fault, type: 0 }]
}

const routesOf = (reading: UpdateReading): readonly Cidr[] => {
  if (reading.outcome === "reset") return reading.routes
  if (reading.outcome === "withdraw") return reading.withdrawn
  const { withdrawn, announced, attributes } = reading.update
  return [...withdrawn, ...announced, ...(attributes.reach?.prefixes ?? []), ...(attributes.unreach?.prefixes ?? [])]
}

/** Counts it, and tells it unless one was told a moment ago (RFC 7606 section 6: the routes and the whole message are to be logged). */
export const tellMalformed = (draft: Draft, malformed: Malformed | undefined): void => {
  if (malformed === undefined) return
  const { state, now } = draft
  const { malformed: counts } = state.counters
  state.counters = { ...state.counters, malformed: { ...counts, [malformed.outcome]: counts[malformed.outcome] + 1 } }
  const { at, untold } = state.malformedTold
  if (at !== undefined && now < at + malformedPause) {
    state.malformedTold = { at, untold: untold + 1 }
    return
  }
  state.malformedTold = { at: now, untold: 0 }
  draft.effects.push({ kind: "malformed", ...malformed, untold })
}
