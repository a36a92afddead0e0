import type { Clock, Millis } from "../../../agent/ports/clock.ts"

/** Time that moves only when a test moves it. */
export type VirtualClock = Clock & {
  /** Runs every timer that falls due within `ms`, in order, letting promises settle in between. */
  readonly advance: (ms: Millis) => Promise<void>
  /** Moves on until the condition holds; fails naming it when `limit` of virtual time has passed. */
  readonly until: (what: string, condition: () => boolean, limit?: Millis) => Promise<void>
  /** Time passes in which no timer runs: the event loop stands still. */
  readonly stall: (ms: Millis) => void
  /** Lets promises settle without moving time. */
  readonly settle: () => Promise<void>
  readonly timers: () => number
}

const epoch = Date.parse("2026-01-02T03:04:05Z")

export const virtualClock = (): VirtualClock => {
  let now = 0
  let serial = 0
  const timers = new Map<number, { readonly at: Millis; readonly run: () => void }>()
  // Everything in these tests is made of promises, and the runtime drains them all before it turns to an immediate.
  const settle = () => new Promise<void>(resolve => setImmediate(resolve))
  const next = (limit: Millis) => {
    let best: readonly [number, { readonly at: Millis; readonly run: () => void }] | undefined
    for (const entry of timers)
      if (entry[1].at <= limit && (best === undefined || entry[1].at < best[1].at)) best = entry
    return best
  }
  const step = async (limit: Millis): Promise<boolean> => {
    await settle()
    const due = next(limit)
    if (due === undefined) return false
    timers.delete(due[0])
    now = Math.max(now, due[1].at)
    due[1].run()
    return true
  }
  return {
    wall: () => epoch + now,
    monotonic: () => now,
    after: (ms, run) => {
      const id = serial++
      timers.set(id, { at: now + ms, run })
      return { cancel: () => void timers.delete(id) }
    },
    settle,
    stall: ms => {
      now += ms
    },
    timers: () => timers.size,
    advance: async ms => {
      const end = now + ms
      while (await step(end));
      now = Math.max(now, end)
      await settle()
    },
    until: async (what, condition, limit = 60_000) => {
      const end = now + limit
      await settle()
      while (!condition()) {
        if (!(await step(end))) throw new Error(`not within ${limit} ms of virtual time: ${what}`)
        await settle()
      }
    },
  }
}

/** Numbers in [0, 1) that are the same in every run. */
export const steadyRandom = (seed = 1): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}
