import type { Draft } from "./draft.ts"
import type { Millis } from "./time.ts"

/**
 * Lifeguard: a node that misses acks which others get suspects itself, and gives everybody more time. Positive is worse.
 */
export const changeAwareness = ({ state }: Draft, by: number): void => {
  const most = Math.max(0, state.settings.awarenessMaxMultiplier - 1)
  state.awareness = Math.min(most, Math.max(0, state.awareness + by))
}

export const scaledByAwareness = ({ state }: Draft, time: Millis): Millis => time * (state.awareness + 1)
