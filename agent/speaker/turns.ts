import type { Clock, Millis, Timer } from "../ports/clock.ts"

/** Between two signs that the event loop turns. */
const turnEvery: Millis = 150

/** So late a sign is on a busy machine too; whoever could be taken for dead is later than that. */
const punctual: Millis = 20

export type Turns = {
  readonly start: () => void
  readonly stop: () => void
}

/**
 * Tells every 150 ms that the event loop turns, once started, and first by how much that comes late: `since` is when it should
 * have come. `until`: when the next sign is overdue, so that the loop may have stood still and does not know it yet. Nothing else may wake the loop for minutes, so this is how it notices that it stood still.
 */
export const createTurns = (
  clock: Clock,
  turned: (until: Millis) => void,
  late: (since: Millis) => void,
  over: Millis,
): Turns => {
  let timer: Timer | undefined
  let stopped = false
  const turn = (due: Millis) => {
    if (stopped) return
    const now = clock.monotonic()
    if (now - due > over) late(due)
    turned(now + turnEvery + punctual)
    timer = clock.after(turnEvery, () => turn(now + turnEvery))
  }
  return {
    start: () => {
      if (timer === undefined) turn(clock.monotonic())
    },
    stop: () => {
      stopped = true
      timer?.cancel()
    },
  }
}
