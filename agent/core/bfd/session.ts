import type { ReasonCode } from "../reasons.ts"
import { type Diagnostic, diagnostic } from "./diagnostic.ts"
import type { ControlPacket, SessionState } from "./packet.ts"
import type { Settings } from "./settings.ts"
import type { Micros, Millis } from "./time.ts"

/** A session as one side sees it: the variables of RFC 5880 section 6.8.1, by the names of people. */
export type Session = {
  readonly settings: Settings
  /** bfd.LocalDiscr: not 0, and of no other session here. */
  readonly discriminator: number
  readonly state: SessionState
  readonly diagnostic: Diagnostic
  /** bfd.DesiredMinTxInterval and bfd.RequiredMinRxInterval, as our packets say them. */
  readonly desiredMinTx: Micros
  readonly requiredMinRx: Micros
  /**
   * The same as they are in force: until the peer has answered a Poll, a slower pace is not yet kept and faster packets are
   * not yet counted upon (section 6.8.3).
   */
  readonly sendingMinTx: Micros
  readonly watchingMinRx: Micros
  readonly poll: Poll
  readonly remote: Remote
  /** The last packet that was taken, and when it arrived. */
  readonly heard: { readonly at: Millis; readonly packet: ControlPacket } | undefined
  /** An echo packet came back since the session is up: from then on their absence is a failure. */
  readonly echoReturned: boolean
  /** After it was turned off: the old pace goes on until the peer must have heard of it (section 6.8.16). */
  readonly farewell: { readonly interval: Micros; readonly until: Millis } | undefined
  /** Why the session is as it is. */
  readonly reason: ReasonCode
}

/**
 * A Poll Sequence (section 6.5). "asking": our packets carry Poll until one with Final comes. "settling": it came; the next
 * sequence may begin when a packet without Final has come too, so that each Final belongs to one question (section 6.8.3).
 */
export type Poll = {
  readonly phase: "idle" | "asking" | "settling"
  /** What is asked changed meanwhile: once settled, it is asked again. */
  readonly again: boolean
}

export const noPoll: Poll = { phase: "idle", again: false }

/** What the peer's last packet said. */
export type Remote = {
  /** bfd.RemoteDiscr; 0: nothing was heard for a detection time. */
  readonly discriminator: number
  readonly state: SessionState
  readonly diagnostic: Diagnostic
  readonly demand: boolean
  readonly controlPlaneIndependent: boolean
  readonly detectMultiplier: number
  readonly desiredMinTx: Micros
  /** bfd.RemoteMinRxInterval; 0: it wants no periodic packets. */
  readonly minRx: Micros
  /** 0: its data path returns no echo packets. */
  readonly minEchoRx: Micros
}

export const nobody: Remote = {
  discriminator: 0,
  state: "Down",
  diagnostic: diagnostic.none,
  demand: false,
  controlPlaneIndependent: false,
  detectMultiplier: 1,
  desiredMinTx: 0,
  minRx: 1,
  minEchoRx: 0,
}

/** While a session is not up, packets are at least so far apart (section 6.8.3): a peer may not speak BFD at all. */
export const slow: Micros = 1_000_000

/** A session in state Down that has heard nothing. `discriminator`: 1 to 2^32-1. */
export const newSession = (settings: Settings, discriminator: number): Session => {
  const desiredMinTx = Math.max(settings.transmitInterval, slow)
  return {
    settings,
    discriminator,
    state: "Down",
    diagnostic: diagnostic.none,
    desiredMinTx,
    requiredMinRx: settings.receiveInterval,
    sendingMinTx: desiredMinTx,
    watchingMinRx: settings.receiveInterval,
    poll: noPoll,
    remote: nobody,
    heard: undefined,
    echoReturned: false,
    farewell: undefined,
    reason: settings.passive ? "ML488" : "ML481",
  }
}
