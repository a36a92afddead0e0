import { ifAbove, ifAtLeast, type Line, next } from "./program.ts"

/** Both ends belong to it; 32 bits, unsigned. */
export type Range = { readonly first: number; readonly last: number }

/** The fewest ranges that hold exactly these values, ascending. */
export const rangesOf = (values: readonly number[]): readonly Range[] => {
  const ranges: Range[] = []
  for (const value of [...values].sort((a, b) => a - b)) {
    const before = ranges.at(-1)
    if (before !== undefined && value <= before.last + 1) ranges.splice(-1, 1, { first: before.first, last: value })
    else ranges.push({ first: value, last: value })
  }
  return ranges
}

/**
 * Fills the smallest gaps within the groups, the earlier and lower first among equals, until at most `most` ranges are left in all
 * of them together, or one in each.
 */
export const joinClosest = (groups: readonly (readonly Range[])[], most: number): readonly (readonly Range[])[] => {
  const gaps = groups.flatMap((ranges, group) =>
    ranges.slice(1).map((range, at) => ({ group, at: at + 1, width: range.first - (ranges[at]?.last ?? 0) })),
  )
  const count = groups.reduce((sum, ranges) => sum + ranges.length, 0)
  const filled = new Set(
    gaps
      .sort((a, b) => a.width - b.width || a.group - b.group || a.at - b.at)
      .slice(0, Math.max(0, count - most))
      .map(gap => `${gap.group} ${gap.at}`),
  )
  return groups.map((ranges, group) => join(ranges, at => filled.has(`${group} ${at}`)))
}

/** Makes one range of each and the one before it where the gap between them is filled. */
const join = (ranges: readonly Range[], isFilled: (at: number) => boolean): readonly Range[] => {
  const joined: Range[] = []
  for (const [at, range] of ranges.entries()) {
    const before = joined.at(-1)
    if (before !== undefined && isFilled(at)) joined.splice(-1, 1, { first: before.first, last: range.last })
    else joined.push(range)
  }
  return joined
}

/** Two instructions a range. They ascend, so a value below one is in none of those that follow; one above all falls through. */
export const inAny = (ranges: readonly Range[], yes: string, no: string): readonly Line[] =>
  ranges.flatMap(({ first, last }) => [ifAtLeast(first, next, no), ifAbove(last, next, yes)])
