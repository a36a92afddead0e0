import type { BfdProfile } from "../config/bgp/model.ts"
import { type Micros, microsOf } from "./time.ts"

/** What is wanted of a session; every part of it may change while the session is up. */
export type Settings = {
  /** The shortest interval we like to send at, and the shortest we can take. */
  readonly transmitInterval: Micros
  readonly receiveInterval: Micros
  /** 1 to 255: how many of our packets the peer may miss, and how many echoes may fail to come back. */
  readonly detectMultiplier: number
  /** Says nothing until the peer has spoken (RFC 5880 section 6.1). */
  readonly passive: boolean
  /** Between echo packets of ours; undefined: none. */
  readonly echoInterval: Micros | undefined
  /** Between echo packets of the peer that our data path returns; 0: it returns none. */
  readonly echoReceiveInterval: Micros
}

/** What the data path between the two can do about echo packets. */
export type EchoPath = {
  /** Ours can come back: one hop of IPv4. */
  readonly sends: boolean
  /** Our kernel forwards what comes in for the peer itself. */
  readonly returns: boolean
}

/** The settings of a profile. Echo packets of the peer are returned only where the profile asks for echo. */
export const settingsOf = (profile: BfdProfile, path: EchoPath): Settings => {
  const echo = microsOf(profile.echoInterval)
  return {
    transmitInterval: microsOf(profile.transmitInterval),
    receiveInterval: microsOf(profile.receiveInterval),
    detectMultiplier: profile.detectMultiplier,
    passive: profile.passiveMode,
    echoInterval: profile.echoMode && path.sends ? echo : undefined,
    echoReceiveInterval: profile.echoMode && path.returns ? echo : 0,
  }
}
