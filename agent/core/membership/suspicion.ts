import type { Millis } from "./time.ts"

/** A node that somebody takes for dead and that can still refute it. */
export type Suspicion = {
  readonly began: Millis
  /** Wanted confirmations by others than the first accuser. */
  readonly wanted: number
  /** The accusers, the first one first. BOUNDED: wanted + 1. */
  readonly accusers: readonly string[]
  readonly least: Millis
  readonly most: Millis
}

export const newSuspicion = (accuser: string, wanted: number, least: Millis, most: Millis, now: Millis): Suspicion => ({
  began: now,
  wanted,
  accusers: [accuser],
  least,
  most,
})

/** With one accuser more, or undefined where that one was counted already or is no longer needed. */
export const confirm = (suspicion: Suspicion, accuser: string): Suspicion | undefined =>
  suspicion.accusers.length > suspicion.wanted || suspicion.accusers.includes(accuser)
    ? undefined
    : { ...suspicion, accusers: [...suspicion.accusers, accuser] }

/**
 * When the node is declared dead: from `most` with nobody's confirmation down to `least` with all that are wanted, on a
 * logarithmic scale, as each confirmation tells less than the one before (Lifeguard, section IV-B).
 */
export const deathOf = ({ began, wanted, accusers, least, most }: Suspicion): Millis => {
  if (wanted < 1) return began + least
  const share = Math.log(accusers.length) / Math.log(wanted + 1)
  return began + Math.max(least, Math.floor(most - share * (most - least)))
}

/** The shortest time that a suspect has to defend itself in a cluster of `nodes`. */
export const suspicionTimeout = (suspicionMult: number, nodes: number, probeInterval: Millis): Millis =>
  suspicionMult * Math.max(1, Math.log10(Math.max(1, nodes))) * probeInterval
