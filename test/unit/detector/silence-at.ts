import { keyOf } from "../../../agent/core/detector/pair.ts"
import type { DetectorState } from "../../../agent/core/detector/state.ts"

/** Silence that lasts is told again. */
const again = 50

/** When whoever hears the expected heartbeats next tells that one is missing, where every heartbeat that came was stepped. */
export const silenceAt = ({ expected, pairs, timings }: DetectorState, now: number): number => {
  const dues = expected.map(({ node, link }) => (pairs.get(keyOf(node, link))?.beatAt ?? 0) + timings.silence)
  return Math.min(Infinity, ...dues.map(due => (due > now ? due : now + again - ((now - due) % again))))
}
