/**
 * A set of whole numbers >= 0 as sorted runs, so that the lowest number that is not in it is found at once however many
 * are: 16 million taken numbers side by side are one run. Runs lie in chunks of at most 256, so that a change in the
 * middle of 100,000 runs moves 256 of them and not all. BOUNDED by the caller: at most one run for each number added.
 */
export type Runs = {
  /**
   * Ascending and none of them empty; `last[i] + 1 < first[i + 1]` also over the ends, so neighbours are always joined.
   */
  readonly chunks: Chunk[]
  /** How many numbers are in the set. */
  count: bigint
}

/** Parallel lists of the ends of runs. */
type Chunk = { readonly first: bigint[]; readonly last: bigint[] }

/** A run, or the place behind the last one where `chunk` is undefined. */
type Place = { readonly index: number; readonly chunk: Chunk | undefined; readonly at: number }

const chunkMax = 256

export const emptyRuns = (): Runs => ({ chunks: [], count: 0n })

export const hasNumber = (runs: Runs, n: bigint): boolean => {
  const { chunk, at } = runEndingAtOrAfter(runs, n)
  const first = chunk?.first[at]
  return first !== undefined && first <= n
}

/** Adds one number; false where it is there already. */
export const addNumber = (runs: Runs, n: bigint): boolean => addNumbers(runs, n, n) === 1n

/** Adds `from`..`to` (both ends included) and tells how many of them were new. */
export const addNumbers = (runs: Runs, from: bigint, to: bigint): bigint => {
  let first = from
  let last = to
  let known = 0n
  let place = runEndingAtOrAfter(runs, from === 0n ? 0n : from - 1n)
  for (;;) {
    const { chunk, at } = place
    const runFirst = chunk?.first[at]
    const runLast = chunk?.last[at]
    if (runFirst === undefined || runLast === undefined || runFirst > to + 1n) break
    known += runLast - runFirst + 1n
    if (runFirst < first) first = runFirst
    if (runLast > last) last = runLast
    removeRun(runs, place)
    place = runEndingAtOrAfter(runs, runLast + 1n)
  }
  insertRun(runs, place, first, last)
  const added = last - first + 1n - known
  runs.count += added
  return added
}

/** Takes one number out; false where it is not there. */
export const removeNumber = (runs: Runs, n: bigint): boolean => {
  const place = runEndingAtOrAfter(runs, n)
  const { chunk, at } = place
  const first = chunk?.first[at]
  const last = chunk?.last[at]
  if (chunk === undefined || first === undefined || last === undefined || first > n) return false
  runs.count -= 1n
  if (first === last) removeRun(runs, place)
  else if (n === first) chunk.first[at] = n + 1n
  else if (n === last) chunk.last[at] = n - 1n
  else {
    chunk.first[at] = n + 1n
    insertRun(runs, place, first, n - 1n)
  }
  return true
}

/** The lowest number >= 0 that is not in the set; constant time. */
export const lowestAbsent = (runs: Runs): bigint => {
  const [chunk] = runs.chunks
  const last = chunk?.last[0]
  return chunk?.first[0] === 0n && last !== undefined ? last + 1n : 0n
}

/** The lowest number >= n that is neither in the set nor among `passed`, of which there are few. */
export const absentFrom = (runs: Runs, n: bigint, passed?: ReadonlySet<bigint>): bigint => {
  const { chunk, at } = runEndingAtOrAfter(runs, n)
  const first = chunk?.first[at]
  const last = chunk?.last[at]
  const found = first === undefined || last === undefined || first > n ? n : last + 1n
  return passed?.has(found) === true ? absentFrom(runs, found + 1n, passed) : found
}

/** The runs in order, for those who look at the set as a whole. */
export const runsIn = (runs: Runs): readonly (readonly [bigint, bigint])[] =>
  runs.chunks.flatMap(({ first, last }) => first.map((from, at) => [from, last[at] ?? from] as const))

/** The first run whose end is >= n. */
const runEndingAtOrAfter = (runs: Runs, n: bigint): Place => {
  let low = 0
  let high = runs.chunks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((runs.chunks[middle]?.last.at(-1) ?? n) < n) low = middle + 1
    else high = middle
  }
  const chunk = runs.chunks[low]
  return { index: low, chunk, at: chunk === undefined ? 0 : firstAtOrAfter(chunk.last, n) }
}

const firstAtOrAfter = (list: readonly bigint[], n: bigint): number => {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? n) < n) low = middle + 1
    else high = middle
  }
  return low
}

const removeRun = (runs: Runs, { index, chunk, at }: Place): void => {
  if (chunk === undefined) return
  chunk.first.splice(at, 1)
  chunk.last.splice(at, 1)
  if (chunk.first.length === 0) runs.chunks.splice(index, 1)
}

const insertRun = (runs: Runs, place: Place, first: bigint, last: bigint): void => {
  const behindAll = runs.chunks[place.index] === undefined
  const index = behindAll ? runs.chunks.length - 1 : place.index
  const chunk = runs.chunks[index]
  if (chunk === undefined) {
    runs.chunks.push({ first: [first], last: [last] })
    return
  }
  const at = behindAll ? chunk.first.length : place.at
  chunk.first.splice(at, 0, first)
  chunk.last.splice(at, 0, last)
  if (chunk.first.length <= chunkMax) return
  const half = chunkMax / 2
  runs.chunks.splice(index + 1, 0, { first: chunk.first.splice(half), last: chunk.last.splice(half) })
}
