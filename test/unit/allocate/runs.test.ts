import assert from "node:assert/strict"
import { test } from "node:test"
import {
  addNumber,
  addNumbers,
  emptyRuns,
  hasNumber,
  lowestAbsent,
  removeNumber,
  runsIn,
} from "../../../agent/core/allocate/runs.ts"

const runsOf = (...numbers: readonly bigint[]) => {
  const runs = emptyRuns()
  for (const n of numbers) addNumber(runs, n)
  return runs
}

test("neighbouring numbers become one run, whichever comes first", () => {
  for (const order of [
    [1n, 2n, 3n],
    [3n, 2n, 1n],
    [1n, 3n, 2n],
  ]) {
    const runs = runsOf(...order)
    assert.deepEqual([runsIn(runs), runs.count], [[[1n, 3n]], 3n])
  }
})

test("a number that is there already is not counted twice", () => {
  const runs = runsOf(5n)
  assert.equal(addNumber(runs, 5n), false)
  assert.equal(runs.count, 1n)
})

test("a span swallows the runs that it covers and touches", () => {
  const runs = runsOf(1n, 3n, 5n, 9n)
  assert.equal(addNumbers(runs, 2n, 8n), 5n)
  assert.deepEqual([runsIn(runs), runs.count], [[[1n, 9n]], 9n])
})

test("taking a number out of the middle splits a run, and from an end shortens it", () => {
  const runs = emptyRuns()
  addNumbers(runs, 0n, 9n)
  assert.equal(removeNumber(runs, 4n), true)
  assert.equal(removeNumber(runs, 0n), true)
  assert.equal(removeNumber(runs, 9n), true)
  assert.deepEqual(runsIn(runs), [
    [1n, 3n],
    [5n, 8n],
  ])
  assert.equal(runs.count, 7n)
})

test("taking out what is not there changes nothing", () => {
  const runs = runsOf(1n, 7n)
  assert.equal(removeNumber(runs, 3n), false)
  assert.equal(removeNumber(runs, 8n), false)
  assert.equal(runs.count, 2n)
})

test("the lowest absent number is the end of the run that starts at zero", () => {
  assert.equal(lowestAbsent(emptyRuns()), 0n)
  assert.equal(lowestAbsent(runsOf(1n)), 0n)
  assert.equal(lowestAbsent(runsOf(0n, 1n, 3n)), 2n)
  assert.equal(hasNumber(runsOf(0n, 1n, 3n), 2n), false)
  assert.equal(hasNumber(runsOf(0n, 1n, 3n), 3n), true)
})

test("sixteen million numbers in a row are one run, and the lowest absent one behind them is found", () => {
  const runs = emptyRuns()
  addNumbers(runs, 0n, 2n ** 24n - 3n)
  assert.deepEqual(runsIn(runs), [[0n, 2n ** 24n - 3n]])
  assert.equal(lowestAbsent(runs), 2n ** 24n - 2n)
})

test("a thousand runs lie in several chunks and behave as one list", () => {
  const runs = emptyRuns()
  for (let n = 1000n; n > 0n; n -= 1n) addNumber(runs, 2n * n)
  assert.ok(runs.chunks.length > 3)
  assert.equal(runsIn(runs).length, 1000)
  assert.equal(addNumbers(runs, 3n, 1997n), 998n)
  assert.deepEqual(runsIn(runs)[0], [2n, 1998n])
  assert.deepEqual(runsIn(runs)[1], [2000n, 2000n])
  assert.equal(runs.count, 1998n)
})
