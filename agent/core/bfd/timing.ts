import { type Session, slow } from "./session.ts"
import type { Micros } from "./time.ts"

/** RFC 5880 section 6.8.7: the interval between our packets before jitter. */
export const transmitInterval = (session: Session): Micros => Math.max(session.sendingMinTx, session.remote.minRx)

/**
 * Section 6.8.4: silence of this length means that the peer is gone; undefined while nothing was heard from it. The
 * multiplier is the peer's, since it is the peer's packets that are missed.
 */
export const detectionTime = ({ remote, watchingMinRx }: Session): Micros | undefined =>
  remote.discriminator === 0 ? undefined : remote.detectMultiplier * Math.max(watchingMinRx, remote.desiredMinTx)

/** Section 6.6: the peer asked for no periodic packets, and both sides are up. */
export const isDemandActive = ({ state, remote }: Session): boolean =>
  remote.demand && state === "Up" && remote.state === "Up"

/** Section 6.8.9: between echo packets of ours, undefined where none may be sent. */
export const echoInterval = ({ settings, state, remote }: Session): Micros | undefined =>
  settings.echoInterval === undefined || state !== "Up" || remote.minEchoRx === 0
    ? undefined
    : Math.max(settings.echoInterval, remote.minEchoRx)

/** Whether echo packets watch over the path; then control packets need not come fast. */
export const isEchoActive = (session: Session): boolean => session.echoReturned && echoInterval(session) !== undefined

/** What bfd.DesiredMinTxInterval is to be (section 6.8.3). */
export const wantedMinTx = ({ settings, state }: Session): Micros =>
  state === "Up" ? settings.transmitInterval : Math.max(settings.transmitInterval, slow)

/** What bfd.RequiredMinRxInterval is to be (section 6.8.3). */
export const wantedMinRx = (session: Session): Micros => {
  const { receiveInterval } = session.settings
  return isEchoActive(session) ? Math.max(receiveInterval, slow) : receiveInterval
}
