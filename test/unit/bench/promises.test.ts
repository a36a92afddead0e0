import assert from "node:assert/strict"
import { test } from "node:test"
import { doubleBroken, growthBroken, growthOf, silenceBroken } from "../../bench/promises.ts"

test("two owners for over 250 ms break a promise, and 250 do not", () => {
  assert.deepEqual(doubleBroken("power-off", 250), [])
  assert.deepEqual(doubleBroken("power-off", 251), ["power-off: two owners for 251 ms, over 250"])
})

test("nobody for over 2.5 s breaks one too", () => {
  assert.deepEqual(silenceBroken("soak", 2500), [])
  assert.deepEqual(silenceBroken("soak", 2501), ["soak: nobody answered for 2501 ms, over 2500"])
})

/** A sawtooth: what a collection leaves, and up to 6 MB on top of it. */
const saw = (base: (at: number) => number) => Array.from({ length: 360 }, (_, at) => base(at) + (at % 30) / 5)

test("a memory that grows slowly does, however ragged it is; a start and a sawtooth are no growth", () => {
  const start = saw(at => (at < 80 ? 30 + at / 4 : 50))
  assert.deepEqual(growthBroken("memory", growthOf(start)), [])
  assert.ok(Math.abs(growthOf(saw(() => 50))) < 0.001)
  const leak = growthOf(saw(at => 50 + at / 50))
  assert.ok(leak > 3 && leak < 4, String(leak))
  assert.deepEqual(growthBroken("memory", leak), ["memory: grew by 3.6 MB, over 3"])
  assert.equal(growthOf([1, 2, 3]), 0)
})
