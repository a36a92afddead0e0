import { formatAddress } from "../ip/format.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { controlPort, lowestTtl, type Refusal } from "./demultiplex.ts"
import { diagnosticText } from "./diagnostic.ts"
import { authenticationText } from "./packet.ts"
import type { Place } from "./place.ts"
import type { Session } from "./session.ts"
import { type Millis, millisOf } from "./time.ts"
import { detectionTime, isDemandActive } from "./timing.ts"

/** A packet of the session that was dropped, the last one. */
export type Refused = {
  readonly refusal: Refusal
  readonly at: Millis
  readonly ttl: number
  readonly authenticationType: number | undefined
}

/** What people are told of a session: why it is as it is, and what else they should know. */
export type Account = {
  readonly reason: ReasonCode
  readonly facts: Facts
  readonly remarks: readonly { readonly reason: ReasonCode; readonly facts: Facts }[]
}

/** What the wire knows of the session and the session does not. */
export type WireFacts = {
  /** Why packets cannot be sent, in the kernel's words. */
  readonly fault: string | undefined
  /** Why echo packets cannot be sent or were never returned, though the profile asks for them. */
  readonly echo: string | undefined
  readonly refused: Refused | undefined
  /** When the last sign of life came. */
  readonly heardAt: Millis | undefined
}

export const accountOf = (session: Session, place: Place, wire: WireFacts): Account => {
  const facts = factsOf(session, place)
  const heardAt = wire.heardAt ?? session.heard?.at ?? Number.NEGATIVE_INFINITY
  // Only what came after the last good packet says something about the present.
  const refused =
    wire.refused === undefined || wire.refused.at <= heardAt ? undefined : refusalOf(place, wire.refused, facts)
  const remarks = [
    ...(wire.fault === undefined ? [] : [{ reason: "ML497", facts: { ...facts, why: wire.fault } } as const]),
    ...(wire.echo === undefined ? [] : [{ reason: "ML496", facts: { ...facts, why: wire.echo } } as const]),
    ...(session.remote.minRx === 0 ? [{ reason: "ML494", facts } as const] : []),
    ...(isDemandActive(session) ? [{ reason: "ML499", facts } as const] : []),
  ]
  // Who hears only packets that it must drop is not told that nothing comes.
  if (refused !== undefined && session.state !== "Up" && session.state !== "AdminDown")
    return { ...refused, remarks: [{ reason: session.reason, facts }, ...remarks] }
  return { reason: session.reason, facts, remarks: refused === undefined ? remarks : [refused, ...remarks] }
}

const factsOf = (session: Session, { path, local }: Place): Facts => ({
  peer: formatAddress(path.peer),
  local: formatAddress(local),
  port: controlPort[path.hops],
  diagnostic: diagnosticText(session.diagnostic),
  remoteDiagnostic: diagnosticText(session.remote.diagnostic),
  detection: millisOf(detectionTime(session) ?? lastDetection(session)),
})

/** After a silence the peer's pace is forgotten, but not its last packet. */
const lastDetection = ({ heard, watchingMinRx }: Session): number =>
  heard === undefined ? 0 : heard.packet.detectMultiplier * Math.max(watchingMinRx, heard.packet.desiredMinTx)

const refusalOf = ({ path }: Place, refused: Refused, facts: Facts) => {
  const { refusal, ttl, authenticationType } = refused
  if (refusal === "session is administratively down") return undefined
  if (refusal === "authentication is not in use")
    return { reason: "ML491", facts: { ...facts, type: authenticationText(authenticationType ?? 0) } } as const
  if (refusal === "TTL is too low")
    return { reason: "ML492", facts: { ...facts, ttl, least: lowestTtl(path) } } as const
  return { reason: "ML493", facts: { ...facts, refusal } } as const
}
