import assert from "node:assert/strict"
import { test } from "node:test"
import { createAlarm } from "../../../agent/controller/alarm.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"

test("an alarm rings once, at the earliest time asked for, and again only when asked again", async () => {
  const clock = virtualClock()
  const rung: number[] = []
  const began = clock.monotonic()
  const alarm = createAlarm(clock, () => void rung.push(clock.monotonic() - began))
  alarm.set(undefined)
  alarm.set(began + 500)
  alarm.set(began + 300)
  alarm.set(began + 400)
  await clock.advance(1_000)
  assert.deepEqual(rung, [300])
  alarm.set(began + 100)
  await clock.advance(10)
  assert.deepEqual(rung, [300, 1_000])
})

test("a stopped alarm is silent for good", async () => {
  const clock = virtualClock()
  let rung = 0
  const alarm = createAlarm(clock, () => {
    rung += 1
  })
  alarm.set(clock.monotonic() + 100)
  alarm.stop()
  alarm.set(clock.monotonic() + 100)
  await clock.advance(1_000)
  assert.equal(rung, 0)
})
