import type { ReasonCode } from "../reasons.ts"
import { type Diagnostic, diagnostic } from "./diagnostic.ts"
import type { ControlPacket, SessionState } from "./packet.ts"
import { maySend, outgoing } from "./plan.ts"
import { announce, answered, askOnDemand } from "./poll.ts"
import { nobody, noPoll, type Session } from "./session.ts"
import type { Settings } from "./settings.ts"
import { type Millis, millisOf } from "./time.ts"
import { echoInterval, transmitInterval } from "./timing.ts"

export type SessionEvent =
  /** A packet of this session (demultiplex.ts), and when it arrived. */
  | { readonly kind: "packet"; readonly packet: ControlPacket; readonly at: Millis }
  /** The wire heard packets like the last one until `at`. */
  | { readonly kind: "alive"; readonly at: Millis }
  /** Nothing was heard for the detection time; the last sign of life was at `since`. */
  | { readonly kind: "silent"; readonly since: Millis }
  /** The first echo packet since the session is up came back; or none for the time of the plan. */
  | { readonly kind: "echo-returned" }
  | { readonly kind: "echo-lost" }
  | { readonly kind: "settings"; readonly settings: Settings }
  /** RFC 5880 section 6.8.16: turns the session off and tells the peer why, and on again. */
  | { readonly kind: "disable"; readonly diagnostic: Diagnostic }
  | { readonly kind: "enable" }
  | { readonly kind: "wake" }

export type SessionEffect =
  /** At once, beside the plan. */
  | { readonly kind: "send"; readonly packet: ControlPacket }
  | {
      readonly kind: "changed"
      readonly from: SessionState
      readonly to: SessionState
      /**
       * The path to the peer failed. Not so where either side was turned off: then clients do nothing (RFC 5882 sections
       * 3.2 and 4.2).
       */
      readonly failure: boolean
    }
  /** The packet was dropped. */
  | { readonly kind: "refused"; readonly refusal: "session is administratively down" }

export type Stepped = {
  readonly next: Session
  readonly effects: readonly SessionEffect[]
  readonly reason: ReasonCode
}

/** One step of a session; `now` is monotonic. After it `planOf` says what the wire has to do. */
export const sessionStep = (session: Session, event: SessionEvent, now: Millis): Stepped => {
  if (event.kind === "packet") return onPacket(session, event.packet, event.at)
  return concluded(session, react(session, event, now))
}

const react = (session: Session, event: Exclude<SessionEvent, { kind: "packet" }>, now: Millis): Session => {
  switch (event.kind) {
    case "alive":
      return session.heard === undefined || session.heard.at >= event.at
        ? session
        : { ...session, heard: { ...session.heard, at: event.at } }
    case "silent":
      return onSilence(session, event.since)
    case "echo-returned":
      return echoInterval(session) === undefined ? session : { ...session, echoReturned: true }
    case "echo-lost":
      return session.state === "Up" && session.echoReturned
        ? enter(session, "Down", "ML484", diagnostic.echoFailed)
        : session
    case "settings":
      return onSettings(session, event.settings)
    case "disable":
      return onDisable(session, event.diagnostic, now)
    case "enable":
      return session.state === "AdminDown"
        ? { ...enter(session, "Down", waiting(session)), farewell: undefined }
        : session
    case "wake":
      return session.farewell !== undefined && now >= session.farewell.until
        ? { ...session, farewell: undefined }
        : session
  }
}

/** Section 6.8.6 from where a session is found, in its order. */
const onPacket = (before: Session, packet: ControlPacket, at: Millis): Stepped => {
  const remote = {
    discriminator: packet.myDiscriminator,
    state: packet.state,
    diagnostic: packet.diagnostic,
    demand: packet.demand,
    controlPlaneIndependent: packet.controlPlaneIndependent,
    detectMultiplier: packet.detectMultiplier,
    desiredMinTx: packet.desiredMinTx,
    minRx: packet.requiredMinRx,
    minEchoRx: packet.requiredMinEchoRx,
  }
  const echoReturned = before.echoReturned && remote.minEchoRx !== 0
  const told = answered({ ...before, remote, echoReturned }, packet.final)
  const heard = { ...told, heard: { at, packet } }
  // Not even a Poll is answered; but whoever speaks is not forgotten (section 6.8.1).
  if (told.state === "AdminDown") {
    const effects = [{ kind: "refused", refusal: "session is administratively down" }] as const
    return { next: announce(heard), effects, reason: heard.reason }
  }
  return concluded(before, move(heard, packet.state), packet.poll)
}

/** The state machine of section 6.8.6. */
const move = (session: Session, received: SessionState): Session => {
  const { state } = session
  if (received === "AdminDown") {
    return state === "Down"
      ? { ...session, reason: "ML486" }
      : enter(session, "Down", "ML486", diagnostic.neighborSignaledDown)
  }
  if (state === "Down") {
    if (received === "Down") return enter(session, "Init", "ML482")
    return received === "Init" ? enter(session, "Up", "ML480", diagnostic.none) : session
  }
  if (state === "Init") return received === "Down" ? session : enter(session, "Up", "ML480", diagnostic.none)
  return received === "Down" ? enter(session, "Down", "ML485", diagnostic.neighborSignaledDown) : session
}

/** Section 6.8.4, and what is forgotten of a peer that is silent in any state (sections 6.8.1 and 6.8.18). */
const onSilence = (session: Session, since: Millis): Session => {
  // A packet that the thread had not yet looked at came before the end of the detection time after all.
  if (session.remote.discriminator === 0 || (session.heard !== undefined && session.heard.at > since)) return session
  const forgotten = { ...session, remote: { ...nobody, diagnostic: session.remote.diagnostic }, poll: noPoll }
  if (session.state === "Up" || session.state === "Init")
    return enter(forgotten, "Down", "ML483", diagnostic.detectionTimeExpired)
  return session.state === "Down" ? { ...forgotten, reason: "ML483" } : forgotten
}

const onSettings = (session: Session, settings: Settings): Session => {
  const changed = { ...session, settings }
  const waits = session.reason === "ML481" || session.reason === "ML488"
  return { ...changed, reason: waits ? waiting(changed) : session.reason }
}

/**
 * Section 6.8.16: "BFD Control packets SHOULD be transmitted for at least a Detection Time after", and one packet a second
 * would be none or one in that time.
 */
const onDisable = (session: Session, why: Diagnostic, now: Millis): Session => {
  if (session.state === "AdminDown") return { ...session, diagnostic: why }
  const interval = transmitInterval(session)
  const until = now + millisOf(session.settings.detectMultiplier * interval)
  const known = session.remote.discriminator !== 0
  return {
    ...enter(session, "AdminDown", "ML487", why),
    farewell: known ? { interval, until } : undefined,
  }
}

const waiting = (session: Session): ReasonCode => (session.settings.passive ? "ML488" : "ML481")

const enter = (session: Session, state: SessionState, reason: ReasonCode, why = session.diagnostic): Session => ({
  ...session,
  state,
  reason,
  diagnostic: why,
  echoReturned: false,
})

/** Everything that follows from a step, whatever the event was. */
const concluded = (before: Session, changed: Session, polled = false): Stepped => {
  const next = askOnDemand(before, announce(changed))
  const effects: SessionEffect[] = []
  // A Poll is answered whatever the pace (section 6.5); news do not wait for the next packet (section 6.8.7).
  if (polled || (isNews(before, next) && maySend(next))) {
    effects.push({ kind: "send", packet: outgoing(next, polled) })
  }
  if (before.state !== next.state) {
    const turnedOff = next.reason === "ML486" || next.reason === "ML487"
    const failure = before.state === "Up" && !turnedOff
    effects.push({ kind: "changed", from: before.state, to: next.state, failure })
  }
  return { next, effects, reason: next.reason }
}

/** New intervals are no news: a Poll Sequence sends no packets beside the periodic ones (section 6.5). */
const isNews = (before: Session, next: Session): boolean =>
  before.state !== next.state ||
  before.diagnostic !== next.diagnostic ||
  (before.remote.discriminator !== next.remote.discriminator && next.remote.discriminator !== 0)
