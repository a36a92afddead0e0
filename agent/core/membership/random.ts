/**
 * A generator inside the state, so that a step is a function of its arguments and a recording can be replayed. It chooses
 * whom to probe and gossip with and spreads timers; it makes no secrets. (Weyl sequence with a 32-bit mixer.)
 */
export type Seed = number

/** A number in [0, 1) and the seed for the next one. Seeds are 0..2^32-1. */
export const draw = (seed: Seed): { readonly value: number; readonly seed: Seed } => {
  const next = (seed + 0x9e37_79b9) >>> 0
  let mixed = Math.imul(next ^ (next >>> 16), 0x21f0_aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
  return { value: ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000, seed: next }
}
