import type { LinkSocket } from "./link-socket.ts"

/** One receiver of heartbeats. */
export type HeartbeatTarget<Socket extends LinkSocket = LinkSocket> = {
  readonly socket: Socket
  readonly address: string
  readonly port: number
  /** The next packet, signed, at most 1,472 bytes. Called up to half a second before the packet is sent. */
  readonly seal: () => Uint8Array
}

/** `empty`: a target got nothing because the event loop stood still. `latest`: the most milliseconds that a beat was late. */
export type HeartbeatReport = {
  readonly sent: number
  readonly empty: number
  readonly failed: number
  readonly latest: number
}

/**
 * Sends heartbeats from a thread, so that a busy event loop does not look like a dead one. The thread has packets for half a
 * second; an event loop that does not come round in that time looks dead, which is right.
 */
export type Heartbeats<Socket extends LinkSocket = LinkSocket> = {
  /** These targets and no others from now on; at most 64 are served. */
  readonly aim: (targets: readonly HeartbeatTarget<Socket>[]) => void
  /** Counted since the start; `latest` since the last call. */
  readonly report: () => HeartbeatReport
  /** Ends the thread. Stopping twice is allowed. */
  readonly stop: () => void
}
