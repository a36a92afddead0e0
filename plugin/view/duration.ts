/** A length of time as kubectl writes ages: "45s", "4m12s", "31m", "5h12m", "26h", "3d4h", "92d", "2y12d". */
export const age = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s")
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return pair(hours, "h", minutes % 60, "m")
  if (hours < 48) return `${hours}h`
  if (days < 8) return pair(days, "d", hours % 24, "h")
  if (days < 730) return `${days}d`
  return pair(Math.floor(days / 365), "y", days < 8 * 365 ? days % 365 : 0, "d")
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`

/** Seconds with one decimal, as progress lines end: "0.4s", "14.2s"; from a minute on as `age`. */
export const took = (milliseconds: number): string =>
  milliseconds < 60_000 ? `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s` : age(milliseconds)

/** "14:02:11Z", the time of day in UTC. */
export const clockTime = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(11, 19)}Z`

/** Milliseconds of "90s", "2m", "1m30s", "0"; undefined where it is no length of time. */
export const parseDuration = (text: string): number | undefined => {
  if (text === "0") return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0),
    0,
  )
}
