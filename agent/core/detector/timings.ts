/** Durations and monotonic instants, in milliseconds. */
export type Millis = number

/**
 * What the detector waits for, and how long. The bounds in docs/ownership.md are sums of these, so a change here is a change
 * there.
 */
export type Timings = {
  /** Between two heartbeats to one watcher on one link. */
  readonly interval: Millis
  /** Without a heartbeat for so long the watcher asks the wire: three heartbeats lost in a row. */
  readonly silence: Millis
  /** Between two questions to the wire, and how long answers are waited for in all. */
  readonly askEvery: Millis
  readonly askFor: Millis
  /**
   * Where the node answers for itself and not for its VIP, answers are waited for so much longer: traffic flows on, so there
   * is time to tell a speaker that is gone from one that gets no CPU.
   */
  readonly askLonger: Millis
  /**
   * While somebody stands in for a node's speaker: between two questions for the node's own address, and without an answer for how
   * long it counts as dead. After the first missed answer it is asked every `askEvery`, so four questions are lost by then.
   */
  readonly pathEvery: Millis
  readonly pathSilence: Millis
  /** A third party heard within this time says that the watcher's own link works. */
  readonly voice: Millis
  /** A co-watcher speaks for a node only if it heard it this lately: less than `silence`, or two watchers excuse a dead node. */
  readonly fresh: Millis
  /** After an excuse (the owner answers, heartbeats do not arrive) the next question comes so much later, doubling each time. */
  readonly excuseFirst: Millis
  readonly excuseMost: Millis
  /** A verdict is told again while it holds, and forgotten by those who cannot check it when it is told no more. */
  readonly renew: Millis
  readonly hearsay: Millis
  /** Gaps between the copies of one message to all, since a datagram may be lost. */
  readonly copies: readonly Millis[]
  /** The loop woke so much later than it asked to: nothing was read meanwhile, so silence proves nothing. */
  readonly stall: Millis
  /** Time to read what arrived during a stall, before anything is concluded. */
  readonly grace: Millis
}

export const lanTimings: Timings = {
  interval: 50,
  silence: 150,
  askEvery: 20,
  askFor: 60,
  askLonger: 140,
  pathEvery: 50,
  pathSilence: 150,
  voice: 100,
  fresh: 100,
  excuseFirst: 100,
  excuseMost: 1_000,
  renew: 500,
  hearsay: 2_000,
  copies: [15, 40],
  stall: 100,
  grace: 60,
}
