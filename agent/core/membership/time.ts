/** Milliseconds; instants are measured on a clock that never runs backwards. */
export type Millis = number
