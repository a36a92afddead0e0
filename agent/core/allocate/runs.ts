/**
 * A set of whole numbers >= 0 as sorted runs, so that the lowest number that is not in it is found at once however many are:
 * 16 million taken numbers side by side are one run. BOUNDED by the caller: at most one run for each number added, and
 * adding or removing moves the runs behind it (8 bytes each), which stays in microseconds for tens of thousands of runs.
 */
export type Runs = {
  /** Ascending; `last[i] + 1 < first[i + 1]`, so neighbours are always joined. */
  readonly first: bigint[]
  readonly last: bigint[]
  /** How many numbers are in the set. */
  count: bigint
}

export const emptyRuns = (): Runs => ({ first: [], last: [], count: 0n })

export const hasNumber = (runs: Runs, n: bigint): boolean => {
  const at = runEndingAtOrAfter(runs, n)
  const first = runs.first[at]
  return first !== undefined && first <= n
}

/** Adds one number; false where it is there already. */
export const addNumber = (runs: Runs, n: bigint): boolean => addNumbers(runs, n, n) === 1n

/** Adds `from`..`to` (both ends included) and tells how many of them were new. */
export const addNumbers = (runs: Runs, from: bigint, to: bigint): bigint => {
  const at = runEndingAtOrAfter(runs, from === 0n ? 0n : from - 1n)
  let first = from
  let last = to
  let known = 0n
  let end = at
  for (; end < runs.first.length; end += 1) {
    const runFirst = runs.first[end]
    const runLast = runs.last[end]
    if (runFirst === undefined || runLast === undefined || runFirst > to + 1n) break
    known += runLast - runFirst + 1n
    if (runFirst < first) first = runFirst
    if (runLast > last) last = runLast
  }
  const added = last - first + 1n - known
  if (end - at === 1) {
    runs.first[at] = first
    runs.last[at] = last
  } else {
    runs.first.splice(at, end - at, first)
    runs.last.splice(at, end - at, last)
  }
  runs.count += added
  return added
}

/** Takes one number out; false where it is not there. */
export const removeNumber = (runs: Runs, n: bigint): boolean => {
  const at = runEndingAtOrAfter(runs, n)
  const first = runs.first[at]
  const last = runs.last[at]
  if (first === undefined || last === undefined || first > n) return false
  if (first === last) {
    runs.first.splice(at, 1)
    runs.last.splice(at, 1)
  } else if (n === first) runs.first[at] = n + 1n
  else if (n === last) runs.last[at] = n - 1n
  else {
    runs.last.splice(at, 0, n - 1n)
    runs.first.splice(at + 1, 0, n + 1n)
  }
  runs.count -= 1n
  return true
}

/** The lowest number >= 0 that is not in the set; constant time. */
export const lowestAbsent = (runs: Runs): bigint => {
  const last = runs.last[0]
  return runs.first[0] === 0n && last !== undefined ? last + 1n : 0n
}

/** Index of the first run whose end is >= n; the number of runs where there is none. */
const runEndingAtOrAfter = (runs: Runs, n: bigint): number => {
  let low = 0
  let high = runs.last.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const last = runs.last[middle]
    if (last !== undefined && last < n) low = middle + 1
    else high = middle
  }
  return low
}
