/** Two owners of an address that hear each other exist for so many ms at most (docs/ownership.md, promise a). */
export const mostDouble = 250

/** With an eligible speaker alive somebody answers again after so many ms, whatever happened at once (docs/ownership.md, promise d). */
export const mostSilence = 2500

/** One sentence where nobody answered for too long. `longest` in ms. */
export const silenceBroken = (what: string, longest: number): readonly string[] =>
  longest > mostSilence ? [`${what}: nobody answered for ${longest.toFixed(0)} ms, over ${mostSilence}`] : []

/** MB (10^6 bytes) that the anonymous memory of a process may grow while nothing grows that it serves. */
export const mostGrowth = 3

/** One sentence where two owners were seen for too long. `longest` in ms, from the first answer of both to the last. */
export const doubleBroken = (what: string, longest: number): readonly string[] =>
  longest > mostDouble ? [`${what}: two owners for ${longest.toFixed(0)} ms, over ${mostDouble}`] : []

/**
 * How much a memory grew, in the unit of `values`, which were taken at even distances: the least of the last quarter less the least of the
 * second one. The first quarter is the start; the least of each is what a collection leaves, so a sawtooth is no growth.
 */
export const growthOf = (values: readonly number[]): number => {
  const least = (from: number, to: number) =>
    Math.min(...values.slice(Math.floor(from * values.length), Math.ceil(to * values.length)))
  return values.length < 4 ? 0 : least(0.75, 1) - least(0.25, 0.5)
}

/** One sentence where it grew too much. */
export const growthBroken = (what: string, growth: number): readonly string[] =>
  growth > mostGrowth ? [`${what}: grew by ${growth.toFixed(1)} MB, over ${mostGrowth}`] : []
