import type { Millis } from "../detector/timings.ts"

/** What the ownership waits for. The bounds in docs/ownership.md are sums of these and of the detector's. */
export type OwnershipTimings = {
  /** Between two copies of a claim that a node has not acknowledged. */
  readonly beacon: Millis
  /** Most time to learn the present owners before anything is answered: after the start, a stall, or a link that came up. */
  readonly learn: Millis
  /** The second in order waits so much longer than the first, the third twice as long. */
  readonly standby: Millis
  /** The same for an address that nobody owned before: the first may hear of it from the API a little later. */
  readonly standbyNew: Millis
  /** An owner that may not announce any longer answers at most so long for a successor that does not speak. */
  readonly handover: Millis
  /** A stand-in takes the VIP for good when the owner's speaker is away for so long. */
  readonly standFor: Millis
  /** So long a stand-in goes on after the owner's speaker is back: a process is busiest when it has just started. */
  readonly beside: Millis
  /** An owner that falls silent again so soon after a stand-in left the VIP to it comes and goes: three times, and it is taken from. */
  readonly again: Millis
  /** A speaker that heard nobody on a link for so long takes nothing there. */
  readonly hearing: Millis
  /** Between two announcements of one VIP against the claims of another speaker that does not hear this one. */
  readonly contest: Millis
  /** A node not heard for so long gets one page at a time, until it acknowledges one. */
  readonly unheard: Millis
}

export const lanOwnership: OwnershipTimings = {
  beacon: 50,
  learn: 250,
  standby: 150,
  standbyNew: 1_000,
  handover: 2_000,
  standFor: 30_000,
  beside: 2_000,
  again: 10_000,
  hearing: 200,
  contest: 1_000,
  unheard: 1_000,
}
