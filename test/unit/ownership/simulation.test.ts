import assert from "node:assert/strict"
import { test } from "node:test"
import { runSchedule } from "../../sim/ownership/run.ts"
import { makeMixedSchedule, makeSchedule } from "../../sim/ownership/schedule.ts"

test("in 200 random schedules of crashes, pauses, partitions, losses and outages no promise is broken", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { broken } = runSchedule(makeSchedule(seed))
    assert.deepEqual(broken, [], `seed ${seed}; its log: node test/sim/ownership/full.ts --seed ${seed}`)
  }
})

test("beside MetalLB's speakers every address has one owner again after whatever happens, in 200 random schedules", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { broken } = runSchedule(makeMixedSchedule(seed))
    assert.deepEqual(broken, [], `seed ${seed}; its log: node test/sim/ownership/full.ts --mixed --seed ${seed}`)
  }
})

test("a schedule gives the same run each time", () => {
  assert.deepEqual(runSchedule(makeSchedule(17)), runSchedule(makeSchedule(17)))
})
