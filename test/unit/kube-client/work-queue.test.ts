import assert from "node:assert/strict"
import { test } from "node:test"
import { createWorkQueue, type WorkResult } from "../../../agent/ports/kube/work-queue.ts"
import { steadyRandom, virtualClock } from "./virtual-clock.ts"

const begin = (concurrency: number, work: (key: string) => Promise<WorkResult>) => {
  const clock = virtualClock()
  const bugs: unknown[] = []
  const queue = createWorkQueue({ clock, random: steadyRandom(), concurrency, work, onBug: bug => void bugs.push(bug) })
  return { clock, queue, bugs }
}

/** Work that ends when the test says so. */
const held = () => {
  const started: string[] = []
  const ends = new Map<string, (result: WorkResult) => void>()
  const work = (key: string) => {
    started.push(key)
    return new Promise<WorkResult>(resolve => void ends.set(key, resolve))
  }
  return { started, work, end: (key: string, result: WorkResult = "done") => ends.get(key)?.(result) }
}

test("keys are begun in the order they came, no more at once than allowed", async () => {
  const { started, work, end } = held()
  const { clock, queue } = begin(2, work)
  for (const key of ["a", "b", "c", "d"]) queue.add(key)
  assert.deepEqual(started, ["a", "b"])
  end("b")
  await clock.settle()
  assert.deepEqual(started, ["a", "b", "c"])
  assert.equal(queue.depth(), 3)
})

test("a key that is asked for many times while it waits or runs is done once more, never twice at once", async () => {
  const { started, work, end } = held()
  const { clock, queue } = begin(1, work)
  queue.add("a")
  for (let i = 0; i < 10; i++) queue.add("a")
  queue.add("b")
  queue.add("b")
  end("a")
  await clock.settle()
  assert.deepEqual(started, ["a", "b"])
  end("b")
  await clock.settle()
  assert.deepEqual(started, ["a", "b", "a"])
  end("a")
  await clock.settle()
  assert.equal(queue.depth(), 0)
})

test("a key that fails is tried again after waits that double and stay under 30 s", async () => {
  const times: number[] = []
  const { clock, queue } = begin(1, async () => {
    times.push(clock.monotonic())
    return { again: true }
  })
  queue.add("a")
  await clock.advance(200_000)
  const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0))
  for (const [i, wait] of waits.entries()) {
    const bound = Math.min(200 * 2 ** i, 30_000)
    assert.ok(wait >= bound / 2 && wait <= bound, `wait ${i}: ${wait} of ${bound}`)
  }
  assert.ok(waits.length >= 10)
})

test("success forgets past failures, and a wait that the server asked for is kept", async () => {
  const results: WorkResult[] = [{ again: true, after: 7_000 }, "done", { again: true }, "done"]
  const times: number[] = []
  const { clock, queue } = begin(1, async () => {
    times.push(clock.monotonic())
    return results.shift() ?? "done"
  })
  queue.add("a")
  await clock.advance(7_000)
  assert.deepEqual(times, [0, 7_000])
  queue.add("a")
  await clock.advance(200)
  assert.equal(times.length, 4)
})

test("a change cuts the wait of a failed key short", async () => {
  let runs = 0
  const { clock, queue } = begin(1, async () => (++runs === 1 ? { again: true, after: 60_000 } : "done"))
  queue.add("a")
  await clock.settle()
  queue.add("a")
  await clock.settle()
  assert.equal(runs, 2)
  assert.equal(clock.timers(), 0)
})

test("a bug in the work is reported and the other keys go on", async () => {
  const done: string[] = []
  const { clock, queue, bugs } = begin(1, async key => {
    if (key === "a") throw new TypeError("bug")
    done.push(key)
    return "done"
  })
  queue.add("a")
  queue.add("b")
  await clock.settle()
  assert.deepEqual(done, ["b"])
  assert.equal(bugs.length, 1)
})

test("a stopped queue begins nothing and leaves no timer", async () => {
  const { started, work, end } = held()
  const { clock, queue } = begin(1, work)
  queue.add("a")
  queue.add("b")
  queue.stop()
  end("a", { again: true })
  queue.add("c")
  await clock.advance(60_000)
  assert.deepEqual(started, ["a"])
  assert.equal(clock.timers(), 0)
})
