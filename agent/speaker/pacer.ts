import type { Clock, Timer } from "../ports/clock.ts"

/** A pass over everything may use this share of the time: after one that took 20 ms the next comes 80 ms later at the earliest. */
const restFactor = 4

export type Pacer = {
  /** Asks for a pass: at once where the last one is long enough ago. */
  readonly touch: () => void
  readonly stop: () => void
}

/** Many changes make one pass, and passes leave most of the time to packets. */
export const createPacer = (clock: Clock, pass: () => void): Pacer => {
  let timer: Timer | undefined
  let restUntil = 0
  return {
    touch: () => {
      timer ??= clock.after(Math.max(0, restUntil - clock.monotonic()), () => {
        timer = undefined
        const began = clock.monotonic()
        pass()
        const ended = clock.monotonic()
        restUntil = ended + restFactor * (ended - began)
      })
    },
    stop: () => timer?.cancel(),
  }
}
