import { absentFrom, addNumber, emptyRuns, type Runs, removeNumber } from "./runs.ts"

/**
 * When the free numbers of a shelf were last held, for pools with allocationOrder least-recently-used. Only in memory: after
 * a restart, or where another controller leads, nothing is known of what was freed before. BOUNDED: 65,536 numbers; of more
 * the one freed longest ago counts as never held, also where it has not cooled.
 */
export type Recent = {
  /** Free numbers that were held, the one freed longest ago first, and when. */
  readonly freed: Map<bigint, number>
  /** Numbers that are held or in `freed`. */
  readonly known: Runs
}

export const recentMax = 65_536

export const emptyRecent = (): Recent => ({ freed: new Map(), known: emptyRuns() })

export const noteTaken = (recent: Recent, number: bigint): void => {
  recent.freed.delete(number)
  addNumber(recent.known, number)
}

/** `at` must not be less than at the call before. */
export const noteFreed = (recent: Recent, number: bigint, at: number): void => {
  recent.freed.delete(number)
  recent.freed.set(number, at)
  addNumber(recent.known, number)
  if (recent.freed.size <= recentMax) return
  for (const oldest of recent.freed.keys()) {
    recent.freed.delete(oldest)
    removeNumber(recent.known, oldest)
    break
  }
}

/** The number freed longest ago, and when; undefined where none is known. */
export const oldestFreed = ({ freed }: Recent): readonly [number: bigint, at: number] | undefined => {
  for (const entry of freed) return entry
  return undefined
}

/**
 * The lowest number that was never held, else the one freed longest ago, and none of `passed`. "cooling": there is one, and it was freed less than
 * `cooling` milliseconds before `now`. "full": every number below `size` is held.
 */
export const leastRecent = (
  recent: Recent,
  size: bigint,
  cooling: number,
  now: number,
  passed: ReadonlySet<bigint> = new Set(),
): bigint | "cooling" | "full" => {
  const fresh = absentFrom(recent.known, 0n, passed)
  if (fresh < size) return fresh
  for (const [number, at] of recent.freed) {
    if (passed.has(number)) continue
    return at + cooling <= now ? number : "cooling"
  }
  return "full"
}
