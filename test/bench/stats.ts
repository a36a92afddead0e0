/** What is said of a list of measurements; the values themselves are always printed beside it. */
export type Distribution = {
  readonly values: readonly number[]
  readonly median: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Value below which the share `p` (0..1) of the sorted values lies, by the nearest-rank method. */
const rank = (sorted: readonly number[], p: number): number => {
  const value = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]
  if (value === undefined) throw new Error("a distribution needs at least one value")
  return value
}

/** Distribution of at least one value. Throws on an empty list. */
export const distribution = (values: readonly number[]): Distribution => {
  const sorted = [...values].sort((a, b) => a - b)
  return { values, median: rank(sorted, 0.5), p95: rank(sorted, 0.95), p99: rank(sorted, 0.99), max: rank(sorted, 1) }
}

const short = (n: number) => (Math.abs(n) >= 100 ? n.toFixed(0) : Math.abs(n) >= 10 ? n.toFixed(1) : n.toFixed(2))

/** "median 1.20  p95 1.31  max 1.31 ms   (1.18 1.20 1.31)" */
export const describe = (d: Omit<Distribution, "p99">, unit: string): string =>
  `median ${short(d.median)}  p95 ${short(d.p95)}  max ${short(d.max)} ${unit}   (${d.values.map(short).join(" ")})`
