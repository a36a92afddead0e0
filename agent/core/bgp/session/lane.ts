import type { Guard } from "./guard.ts"
import type { Learned } from "./learned.ts"
import type { ConnectionId, Link } from "./link.ts"
import type { Agreement } from "./negotiate.ts"
import type { Millis } from "./time.ts"

/**
 * One state machine of RFC 4271 section 8 with its timers, instants all; undefined is a timer that does not run. A session has one, and a
 * second one while the peer opens a connection beside it.
 */
export type Lane = Idle | Connect | Active | OpenSent | OpenConfirm | Established

export type LaneState = Lane["state"]

/** `until`: IdleHoldTimer. Without it nothing but an event from outside begins the session. */
export type Idle = { readonly state: "Idle"; readonly until: Millis | undefined }

/** A connection is being opened, or (`waiting`) stands and waits for the peer's OPEN. `retryAt`: ConnectRetryTimer. */
export type Connect = {
  readonly state: "Connect"
  readonly connection: ConnectionId
  readonly retryAt: Millis | undefined
  readonly waiting: Waiting | undefined
}

export type Active = {
  readonly state: "Active"
  readonly retryAt: Millis | undefined
  readonly waiting: Waiting | undefined
}

/** `openAt`: DelayOpenTimer. */
export type Waiting = { readonly link: Link; readonly openAt: Millis }

export type OpenSent = { readonly state: "OpenSent"; readonly link: Link; readonly hold: Hold }

type Agreed = {
  readonly link: Link
  readonly agreed: Agreement
  readonly hold: Hold | undefined
  readonly keepaliveAt: Millis | undefined
}

export type OpenConfirm = Agreed & { readonly state: "OpenConfirm" }

export type Established = Agreed & {
  readonly state: "Established"
  readonly upSince: Millis
  readonly learned: Learned
  readonly guard: Guard
  /** Before this nothing is told (MinRouteAdvertisementIntervalTimer). */
  readonly tellAt: Millis
  /** Before this the next request for all routes is not answered. */
  readonly refreshAt: Millis
}

/**
 * HoldTimer. `extended`: it expired while this process stood still, so that what the peer sent may wait in the socket; it got a moment
 * more.
 */
export type Hold = { readonly at: Millis; readonly extended: boolean }

export const linkOf = (lane: Lane): Link | undefined => {
  if (lane.state === "Idle") return undefined
  return lane.state === "Connect" || lane.state === "Active" ? lane.waiting?.link : lane.link
}

/** The connection that a lane has or is opening. */
export const connectionOf = (lane: Lane): ConnectionId | undefined =>
  lane.state === "Connect" ? lane.connection : linkOf(lane)?.id

/** The same lane with another link; a lane without one stays as it is. */
export const withLink = (lane: Lane, link: Link): Lane => {
  if (lane.state === "Idle") return lane
  if (lane.state !== "Connect" && lane.state !== "Active") return { ...lane, link }
  return lane.waiting === undefined ? lane : { ...lane, waiting: { ...lane.waiting, link } }
}

/** The states from the least to the most advanced, for whatever orders or counts them. */
export const laneStates: readonly LaneState[] = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"]
