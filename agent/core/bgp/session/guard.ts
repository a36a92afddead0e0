import type { Millis } from "./time.ts"

/**
 * How much a peer sent of late: routes, and messages that carry none. It drains away at a hundredth of the limit a second, so that only a
 * peer that sends a table too large, or never stops, reaches the limit. BOUNDED: two numbers.
 */
export type Guard = { readonly level: number; readonly at: Millis }

/** In which as much as the limit drains away. */
const drainTime: Millis = 100_000

/** With `amount` more in it. A limit of 0 is none. */
export const pour = (
  { level, at }: Guard,
  amount: number,
  limit: number,
  now: Millis,
): { readonly guard: Guard; readonly isFull: boolean } => {
  const left = Math.max(0, level - ((now - at) * limit) / drainTime)
  const next = left + amount
  return { guard: { level: next, at: now }, isFull: limit > 0 && next > limit }
}
