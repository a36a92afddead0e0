import type { Clock, Millis, Timer } from "../ports/clock.ts"

/** Passes over everything may take a tenth of the time between them, so that the rest is left to packets. */
const share = 0.1
/** After quiet time so much of it may be used at once: a service and its address are two changes a few milliseconds apart. */
const inAdvance: Millis = 50

export type Pacer = {
  /** Asks for a pass: at once where there is time left to use. */
  readonly touch: () => void
  readonly stop: () => void
}

/** Many changes make one pass. After one that took 100 ms the next comes 500 ms later at the earliest, after one of 20 ms at once. */
export const createPacer = (clock: Clock, pass: () => void): Pacer => {
  let timer: Timer | undefined
  let left = inAdvance
  let leftAt = clock.monotonic()
  const leftNow = (): Millis => Math.min(inAdvance, left + share * (clock.monotonic() - leftAt))
  return {
    touch: () => {
      timer ??= clock.after(Math.max(0, -leftNow() / share), () => {
        timer = undefined
        const before = leftNow()
        const began = clock.monotonic()
        pass()
        leftAt = clock.monotonic()
        left = before - (leftAt - began)
      })
    },
    stop: () => timer?.cancel(),
  }
}
