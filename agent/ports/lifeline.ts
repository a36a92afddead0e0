/** How a connection to another speaker stands. "lost": it ended, or could not be had and nobody refused it. */
export type LifelineState = "accepted" | "refused" | "lost"

export type Lifeline = {
  /** Nothing is told after it. Closing twice is allowed. */
  readonly close: () => void
}

/**
 * Connections whose only purpose is to end when the process at the other end does. Nothing is sent over them but the first
 * byte, by which the membership, whose port it is, hands them to the detector.
 */
export type Lifelines = {
  /** Tells "accepted" and later "lost", or "refused", or "lost" alone, where nothing came back within 200 ms. */
  readonly open: (address: string, port: number, told: (state: LifelineState) => void) => Lifeline
}
