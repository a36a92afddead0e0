/** Durations and monotonic instants, in milliseconds. */
export type Millis = number

export type Timer = { readonly cancel: () => void }

/** Time as an argument: the real one here, a virtual one in tests. */
export type Clock = {
  /** Milliseconds since the epoch, for what people read. It may jump. */
  readonly wall: () => Millis
  /** Milliseconds since some fixed instant; never runs backwards. Every deadline is measured on it. */
  readonly monotonic: () => Millis
  /** Calls `run` once after `ms` (0: as soon as what has arrived is read), unless cancelled first. */
  readonly after: (ms: Millis, run: () => void) => Timer
}

/** 24.8 days. For a longer time setTimeout takes one millisecond; whoever looks again too early waits once more. */
const longestTimer = 2 ** 31 - 1

export const realClock: Clock = {
  wall: () => Date.now(),
  // Not performance.now(), which loads all of perf_hooks.
  monotonic: () => {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1e3 + nanoseconds / 1e6
  },
  after: (ms, run) => {
    // A timer takes a millisecond at least.
    if (ms <= 0) {
      const handle = setImmediate(run)
      return { cancel: () => clearImmediate(handle) }
    }
    const handle = setTimeout(run, Math.min(ms, longestTimer))
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after `ms`, or at once when `signal` aborts: the caller looks at the signal, it is no error to be told to stop. */
export const pause = (clock: Clock, ms: Millis, signal?: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const done = () => {
      timer.cancel()
      signal?.removeEventListener("abort", done)
      resolve()
    }
    const timer = clock.after(ms, done)
    signal?.addEventListener("abort", done, { once: true })
  })
