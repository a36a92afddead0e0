import type { FaultName } from "../wire/fault.ts"
import type { MessageType } from "../wire/message.ts"
import type { Malformed } from "./malformed.ts"

/** For metrics; they never go back. BOUNDED: names of messages and faults. */
export type Counters = {
  readonly sent: Readonly<Record<MessageType, number>>
  readonly received: Readonly<Record<MessageType, number>>
  /** Messages that ended a connection, by what was wrong with them; names that never happened are absent. */
  readonly refused: Readonly<Partial<Record<FaultName, number>>>
  /** UPDATEs that were not taken as they are, by what became of them (RFC 7606). */
  readonly malformed: Readonly<Record<Malformed["outcome"], number>>
  /** Connections of the peer that were not taken. */
  readonly turnedAway: number
  /** Times that the session was established. */
  readonly established: number
}

const none = { open: 0, update: 0, notification: 0, keepalive: 0, "route-refresh": 0 } as const

export const noCounters: Counters = {
  sent: none,
  received: none,
  refused: {},
  malformed: { discard: 0, withdraw: 0, reset: 0 },
  turnedAway: 0,
  established: 0,
}
