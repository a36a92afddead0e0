import { type ControlPacket, writeControlPacket } from "./packet.ts"
import type { Session } from "./session.ts"
import { type Micros, type Millis, microsOf } from "./time.ts"
import { detectionTime, echoInterval, isDemandActive, transmitInterval } from "./timing.ts"

/**
 * What has to happen at fixed times until the session changes. A thread does it (ports/bfd-wire.ts), since it must not wait
 * for an event loop that is busy.
 */
export type Plan = {
  /** Sent every `interval`, less a random 10 to 25 %; undefined: silence. */
  readonly packet: Uint8Array | undefined
  readonly interval: Micros
  /** Silence of this length is to be told, counted from the last sign of life; undefined: none. */
  readonly detection: Micros | undefined
  /** How long ago the last packet came that was taken; the wire may have heard from the peer since. */
  readonly heardAgo: Micros
  /** The peer's last packet where both are up: one like it is a sign of life that needs no look. */
  readonly expected: Uint8Array | undefined
  /** Nevertheless tell of each: something is waited for that it may bring. */
  readonly tellAll: boolean
  readonly echo: EchoPlan | undefined
}

export type EchoPlan = {
  readonly interval: Micros
  /** No echo for so long is to be told; undefined while none has come back at all. */
  readonly detection: Micros | undefined
}

/** RFC 5880 section 6.8.7: the fields of our packets. */
export const outgoing = (session: Session, final = false): ControlPacket => ({
  diagnostic: session.diagnostic,
  state: session.state,
  // Never both (section 6.5).
  poll: session.poll.phase === "asking" && !final,
  final,
  // BFD ends with the process that also speaks BGP.
  controlPlaneIndependent: false,
  // Demand mode is answered, never asked for.
  demand: false,
  detectMultiplier: session.settings.detectMultiplier,
  myDiscriminator: session.discriminator,
  yourDiscriminator: session.remote.discriminator,
  desiredMinTx: session.desiredMinTx,
  requiredMinRx: session.requiredMinRx,
  requiredMinEchoRx: session.settings.echoReceiveInterval,
})

/** Section 6.8.7: whether any packet may be sent. A passive side does not speak first. */
export const maySend = ({ settings, remote }: Session): boolean => !(settings.passive && remote.discriminator === 0)

const sendsPeriodically = (session: Session): boolean =>
  maySend(session) && session.remote.minRx !== 0 && (!isDemandActive(session) || session.poll.phase === "asking")

export const planOf = (session: Session, now: Millis): Plan => {
  const { heard, farewell, poll, state } = session
  const parting = farewell !== undefined && now < farewell.until
  const quiet = state === "Up" && heard?.packet.state === "Up"
  return {
    packet: sendsPeriodically(session) ? writeControlPacket(outgoing(session)) : undefined,
    interval: parting ? farewell.interval : transmitInterval(session),
    detection: detectionTime(session),
    heardAgo: heard === undefined ? 0 : microsOf(Math.max(0, now - heard.at)),
    expected: quiet ? writeControlPacket({ ...heard.packet, poll: false, final: false }) : undefined,
    tellAll: poll.phase !== "idle",
    echo: echoPlan(session),
  }
}

const echoPlan = (session: Session): EchoPlan | undefined => {
  const interval = echoInterval(session)
  if (interval === undefined) return undefined
  return { interval, detection: session.echoReturned ? session.settings.detectMultiplier * interval : undefined }
}

/** When to step with "wake"; undefined: nothing is waited for but the wire. */
export const wakeAt = ({ farewell }: Session): Millis | undefined => farewell?.until
