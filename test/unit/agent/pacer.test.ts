import assert from "node:assert/strict"
import { test } from "node:test"
import { createPacer } from "../../../agent/speaker/pacer.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"

/** A pacer in virtual time whose passes take so long, and when they began. */
const paced = (takes: number) => {
  const clock = virtualClock()
  const began: number[] = []
  const pacer = createPacer(clock, () => {
    began.push(clock.monotonic())
    clock.stall(takes)
  })
  return { clock, began, pacer }
}

test("two changes a few milliseconds apart are two passes at once", async () => {
  const { clock, began, pacer } = paced(10)
  pacer.touch()
  await clock.advance(1)
  await clock.advance(14)
  pacer.touch()
  await clock.advance(1)
  assert.deepEqual(began, [0, 24])
})

test("many changes are one pass", async () => {
  const { clock, began, pacer } = paced(10)
  for (let at = 0; at < 100; at += 1) pacer.touch()
  await clock.advance(1_000)
  assert.deepEqual(began, [0])
})

test("a long pass is followed by ten times as long a rest, less what may be used in advance", async () => {
  const { clock, began, pacer } = paced(200)
  pacer.touch()
  await clock.advance(0)
  pacer.touch()
  await clock.advance(10_000)
  assert.deepEqual(began, [0, 200 + 1_500])
})

test("without end of changes, passes use an eleventh of the time", async () => {
  const { clock, began, pacer } = paced(20)
  for (const end = 20_000; clock.monotonic() < end; await clock.advance(1)) pacer.touch()
  const used = (began.length * 20) / 20_000
  assert.ok(used > 0.085 && used < 0.095, `${used} of the time`)
})

test("a pacer that was stopped passes no more", async () => {
  const { clock, began, pacer } = paced(10)
  pacer.touch()
  pacer.stop()
  await clock.advance(1_000)
  assert.deepEqual(began, [])
})
