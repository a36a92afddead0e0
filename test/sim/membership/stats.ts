/** The value below which the share `p` of the values lies; values are not changed. */
export const quantile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN
}

/** "median 852, p95 1218, max 1441" */
export const spread = (values: readonly number[]): string =>
  `median ${quantile(values, 0.5).toFixed(0)}, p95 ${quantile(values, 0.95).toFixed(0)}, max ${Math.max(...values).toFixed(0)}`

export type Point = { readonly loss: number; readonly rate: number }

/**
 * The power law through points with a rate above 0, by least squares over the logarithms: rate = factor x loss ^ power. A false alarm
 * takes a number of losses in a row, and each is as likely as packets get lost: the rate has that form where it is small.
 */
export const powerLaw = (
  points: readonly Point[],
): { readonly power: number; readonly at: (loss: number) => number } => {
  const logs = points.filter(({ rate }) => rate > 0).map(({ loss, rate }) => [Math.log(loss), Math.log(rate)] as const)
  const mean = (at: 0 | 1) => logs.reduce((sum, pair) => sum + pair[at], 0) / logs.length
  const [x, y] = [mean(0), mean(1)]
  const power =
    logs.reduce((sum, pair) => sum + (pair[0] - x) * (pair[1] - y), 0) /
    logs.reduce((sum, pair) => sum + (pair[0] - x) ** 2, 0)
  return { power, at: loss => Math.exp(y + power * (Math.log(loss) - x)) }
}
