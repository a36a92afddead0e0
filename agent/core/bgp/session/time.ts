/** Durations and monotonic instants, in milliseconds. */
export type Millis = number
