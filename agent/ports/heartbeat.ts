import type { LinkListener, LinkRequest, LinkSocket } from "./link-socket.ts"

/** One receiver of heartbeats. */
export type HeartbeatTarget<Socket extends LinkSocket = LinkSocket> = {
  readonly socket: Socket
  readonly address: string
  readonly port: number
  /** `unsignedHeartbeat` of the core: the thread writes sequence and tag. */
  readonly packet: Uint8Array
}

/** Heartbeats of one process, which come again and again. */
export type ExpectedHeartbeats = {
  /** As that process sends them, whatever their sequence and tag. */
  readonly packet: Uint8Array
  /** Of the last one that was taken, so that none is taken twice. */
  readonly sequence: number
  /** Milliseconds since that one, and after how many without another silence is told. */
  readonly heardAgo: number
  readonly silence: number
}

/** `age`: milliseconds since the last one. */
export type HeardLast = { readonly sequence: number; readonly age: number }

export type HeartbeatWatch = {
  readonly last: () => HeardLast
  /** The next one is told again. */
  readonly end: () => HeardLast
}

/** What comes to one link socket besides. */
export type Ear = {
  readonly expect: (expected: ExpectedHeartbeats) => HeartbeatWatch
  /** No callback runs after it, and its watches have ended. Closing twice is allowed. */
  readonly close: () => void
}

export type EarListener = LinkListener & {
  /** An expected heartbeat does not come. Told again every 50 ms while that is so. */
  readonly silent: () => void
}

/**
 * `empty`: not sent because the event loop stood still. `latest`: the most milliseconds that a beat was late. `alike`: heard as
 * expected. `dropped`: more unexpected ones than an event loop should be bothered with.
 */
export type HeartbeatReport = {
  readonly sent: number
  readonly empty: number
  readonly failed: number
  readonly latest: number
  readonly alike: number
  readonly dropped: number
}

/**
 * Sends and hears heartbeats in a thread, so that a busy event loop does not look like a dead one, and an idle one may sleep. The
 * thread sends for half a second after it was last wound; an event loop that does not come round in that time looks dead, which is right.
 */
export type Heartbeats<Socket extends LinkSocket = LinkSocket> = {
  /** One to four keys of 32 bytes; the first one signs. */
  readonly setKeys: (keys: readonly Uint8Array[]) => void
  /** These targets and no others from now on; at most 64 are served. */
  readonly aim: (targets: readonly HeartbeatTarget<Socket>[]) => void
  /** The event loop turns. */
  readonly wind: () => void
  /**
   * For how many milliseconds heartbeats have left with no gap of more than two intervals, whatever the event loop did; 0 where the last
   * one is longer ago.
   */
  readonly steadyFor: () => number
  /**
   * From now on heartbeats that come to that socket are heard here; `request` is what it was opened with. Throws an Error with
   * `code` as the opening of a link socket does, and ENOPROTOOPT on Linux before 4.5.
   */
  readonly listen: (socket: Socket, request: LinkRequest, listener: EarListener) => Ear
  /** Counted since the start; `latest` since the last call. */
  readonly report: () => HeartbeatReport
  /** Ends the thread. Stopping twice is allowed. */
  readonly stop: () => void
}
