/** A small seeded generator (mulberry32), so that a schedule is its seed. */
export type Random = {
  /** 0 <= x < 1. */
  readonly next: () => number
  /** An integer, both ends included. */
  readonly between: (least: number, most: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(all: readonly T[]) => T
}

export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: probability => next() < probability,
    pick: all => {
      const chosen = all[Math.floor(next() * all.length)]
      if (chosen === undefined) throw new RangeError("nothing to pick from")
      return chosen
    },
  }
}
