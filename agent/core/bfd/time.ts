/** Monotonic instants and durations, in milliseconds. */
export type Millis = number

/** Intervals as BFD's packets carry them: whole microseconds, 0 to 2^32-1. */
export type Micros = number

export const microsOf = (ms: Millis): Micros => Math.round(ms * 1_000)

export const millisOf = (us: Micros): Millis => us / 1_000
