import type { AddressRange } from "../ip/address.ts"
import { rangesOverlap } from "../ip/range.ts"
import { RangeIndex } from "../ip/range-index.ts"
import type { ConfigSource, Pool } from "./model.ts"
import type { Problems } from "./problem.ts"

/** A pool that is well formed by itself; whether it is used depends on the others. */
export type PoolCandidate = {
  readonly pool: Pool
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Where each range was written, parallel to pool.ranges: field path, or line and column. */
  readonly places: readonly string[]
  /** Where to report what only the comparison with others shows. */
  readonly problems: Problems
}

/** A pool that exists and cannot be used. */
export type BrokenPool = {
  readonly name: string
  readonly source: ConfigSource
  readonly protocol?: "layer2" | "bgp"
  readonly problems: Problems
}

/** Two entries of one list that share addresses; the later entry is named first. Undefined where there are none. */
export const selfOverlap = (ranges: readonly AddressRange[]): { entry: number; earlier: number } | undefined => {
  const index = new RangeIndex<number>()
  for (const [entry, range] of ranges.entries()) {
    const clash = index.add(range, entry)
    if (clash !== undefined) {
      const earlier = ranges.findIndex(other => rangesOverlap(other, range))
      return { entry, earlier }
    }
  }
  return undefined
}
