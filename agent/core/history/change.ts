import type { NodeName } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { ReasonCode } from "../reasons.ts"

/** One change of who answers for an address, as a speaker tells it of itself. */
export type Change = {
  /** Milliseconds since the epoch, by the clock of the node that tells it. */
  readonly at: Millis
  readonly vip: string
  /** Who tells it. */
  readonly node: NodeName
  /** It began to answer, or ended; or it began to answer in the name of `other`, which stays the owner. */
  readonly did: "started" | "stopped" | "stood-in"
  /** Who answered before, or does now; undefined where nobody did, or nobody knows. */
  readonly other: NodeName | undefined
  readonly reason: ReasonCode
  /** What was found out about the other one before: how it went. */
  readonly because: ReasonCode | undefined
  /** For how long nobody answered before it started; undefined where it stopped. */
  readonly vacantFor: Millis | undefined
}
