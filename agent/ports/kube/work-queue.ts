import type { Clock, Millis, Timer } from "../clock.ts"
import type { Random } from "../random.ts"
import { type BackoffBounds, backoff } from "./backoff.ts"

/** What became of one key: done, or to be tried again later (after `after`, else after a growing wait). */
export type WorkResult = "done" | { readonly again: true; readonly after?: Millis }

export type WorkQueue = {
  /** Asks for the key to be worked on soon. However often it is asked before work begins, it is done once. */
  readonly add: (key: string) => void
  /** Keys that wait, run, or will be tried again. */
  readonly depth: () => number
  /** Keys that could be worked on now, if more were worked on at the same time. */
  readonly waiting: () => number
  /** Starts no more work; what runs is left to end. */
  readonly stop: () => void
}

export type WorkQueueOptions = {
  readonly clock: Clock
  readonly random: Random
  /** Keys worked on at the same time; one key never twice at once. */
  readonly concurrency: number
  readonly waits?: BackoffBounds
  /** A rejection is a bug of ours: it is handed to `onBug` and the key is dropped. */
  readonly work: (key: string) => Promise<WorkResult>
  readonly onBug: (thrown: unknown) => void
}

/**
 * First come, first served, each key once. Bounded by the number of distinct keys. A key that has to be tried again waits
 * from 0.2 s doubling to 30 s, jittered; a new `add` for it cuts the wait short, because something changed.
 */
export const createWorkQueue = (options: WorkQueueOptions): WorkQueue => {
  const { clock, random, concurrency, work, onBug } = options
  const waits = options.waits ?? { first: 200, most: 30_000 }
  const waiting = new Set<string>()
  const running = new Set<string>()
  const dirty = new Set<string>()
  const later = new Map<string, Timer>()
  const failures = new Map<string, number>()
  let stopped = false

  const finish = (key: string, result: WorkResult) => {
    running.delete(key)
    const changed = dirty.delete(key)
    if (result === "done") failures.delete(key)
    else failures.set(key, (failures.get(key) ?? 0) + 1)
    if (changed) waiting.add(key)
    else if (result !== "done" && !stopped) {
      const wait = result.after ?? backoff(waits, failures.get(key) ?? 1, random)
      later.set(
        key,
        clock.after(wait, () => {
          later.delete(key)
          waiting.add(key)
          pump()
        }),
      )
    }
    pump()
  }

  const begin = (key: string) => {
    waiting.delete(key)
    running.add(key)
    work(key).then(
      result => finish(key, result),
      thrown => {
        onBug(thrown)
        finish(key, "done")
      },
    )
  }

  const pump = () => {
    for (const key of waiting) {
      if (stopped || running.size >= concurrency) return
      begin(key)
    }
  }

  return {
    add: key => {
      if (stopped) return
      if (running.has(key)) return void dirty.add(key)
      later.get(key)?.cancel()
      later.delete(key)
      waiting.add(key)
      pump()
    },
    depth: () => waiting.size + running.size + later.size,
    waiting: () => waiting.size,
    stop: () => {
      stopped = true
      waiting.clear()
      for (const timer of later.values()) timer.cancel()
      later.clear()
    },
  }
}
