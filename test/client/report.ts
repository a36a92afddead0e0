/** One connection: when it was begun (ms, the probe's own clock), and who answered after how long, or why nobody did. */
export type Attempt =
  | { readonly at: number; readonly ms: number; readonly who: string }
  | { readonly at: number; readonly error: string }

export type ProbeReport = {
  readonly attempts: number
  readonly lost: number
  /** Longest time between two answered attempts that had a lost one between them, measured from start to start; 0 without a loss. */
  readonly outageMs: number
  /** Whether the last attempt was answered. */
  readonly recovered: boolean
  readonly who: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
}

/** A request that was not answered: when it was begun, ms since the epoch, and why. */
export type Loss = { readonly at: number; readonly error: string }

/** What a probe says at its end; `losses` are the first 1000. */
export type ClientReport = ProbeReport & { readonly losses: readonly Loss[] }

const count = (names: readonly string[]) => {
  const counts: Record<string, number> = {}
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/**
 * Sums a probe up. `limit` is the time in ms after which an attempt counted as lost. When the probe ended in a loss, the outage
 * is counted up to the last attempt's end.
 */
export const reportOf = (unsorted: readonly Attempt[], limit: number): ProbeReport => {
  const attempts = [...unsorted].sort((a, b) => a.at - b.at)
  let outageMs = 0
  let lastAnswered: number | undefined
  let lostSince = false
  for (const attempt of attempts) {
    if ("error" in attempt) {
      lostSince = true
      continue
    }
    if (lostSince) outageMs = Math.max(outageMs, attempt.at - (lastAnswered ?? attempts[0]?.at ?? attempt.at))
    lastAnswered = attempt.at
    lostSince = false
  }
  const last = attempts.at(-1)
  if (lostSince && last !== undefined)
    outageMs = Math.max(outageMs, last.at + limit - (lastAnswered ?? attempts[0]?.at ?? last.at))
  return {
    attempts: attempts.length,
    lost: attempts.filter(a => "error" in a).length,
    outageMs,
    recovered: attempts.length > 0 && !lostSince,
    who: count(attempts.flatMap(a => ("who" in a ? [a.who] : []))),
    errors: count(attempts.flatMap(a => ("error" in a ? [a.error] : []))),
  }
}
