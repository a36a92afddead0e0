import type { Clock, Millis, Timer } from "../ports/clock.ts"

export type Alarm = {
  /** Rings at this monotonic time, unless it is to ring earlier already; undefined asks for nothing. */
  readonly set: (at: Millis | undefined) => void
  readonly stop: () => void
}

/** Rings at the earliest time asked for, and is silent then until it is asked again. BOUNDED: one timer. */
export const createAlarm = (clock: Clock, ring: () => void): Alarm => {
  let pending: { readonly at: Millis; readonly timer: Timer } | undefined
  let stopped = false
  const stop = () => {
    stopped = true
    pending?.timer.cancel()
    pending = undefined
  }
  const set = (at: Millis | undefined) => {
    if (stopped || at === undefined || (pending !== undefined && pending.at <= at)) return
    pending?.timer.cancel()
    const timer = clock.after(Math.max(0, Math.ceil(at - clock.monotonic())), () => {
      pending = undefined
      ring()
    })
    pending = { at, timer }
  }
  return { set, stop }
}
