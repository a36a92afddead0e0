import type { Millis } from "./ports/clock.ts"

/** What whoever acts is told; never twice the same in a row. */
export type LeadershipEvents = {
  /** It may write from now on. `after`: who may have written last; after "other" what was read before may be behind. */
  readonly lead: (after: "nobody" | "itself" | "other") => void
  /** It may not write for now, and nobody else does: what it knows stays good. */
  readonly suspend: () => void
  readonly resume: () => void
  /** Somebody else writes now: what it knows of its own plans is worth nothing. */
  readonly follow: () => void
}

/** Which of several controllers may write. */
export type Leadership = {
  readonly start: (events: LeadershipEvents) => void
  /** Milliseconds for which it may still begin writes; 0: it may not. */
  readonly remaining: () => Millis
  /** Resolves once it is known whether somebody else leads, or that this cannot be known now. */
  readonly firstLook: () => Promise<void>
  /** What is not known yet, a line each. Not leading is no fault: a standby is ready. */
  readonly missing: () => readonly string[]
  /** Gives it back; ends within a second. */
  readonly release: () => Promise<void>
}

/** For one controller alone. */
export const alwaysLeading = (): Leadership => ({
  start: events => events.lead("nobody"),
  remaining: () => Number.POSITIVE_INFINITY,
  firstLook: async () => undefined,
  missing: () => [],
  release: async () => undefined,
})
