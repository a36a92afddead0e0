import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { confirm, deathOf, newSuspicion, suspicionTimeout } from "../../../agent/core/membership/suspicion.ts"

describe("the time of a suspect", () => {
  it("shrinks from most to least by the logarithm of the confirmations", () => {
    const after = (wanted: number, confirmations: number) => {
      let suspicion = newSuspicion("first", wanted, 2000, 30_000, 100)
      for (let i = 0; i < confirmations; i += 1) suspicion = confirm(suspicion, `other${i}`) ?? suspicion
      return deathOf(suspicion) - 100
    }
    // 30000 - log(c + 1) / log(k + 1) * 28000, rounded down.
    assert.deepEqual(
      [0, 1, 2, 3, 4].map(c => after(3, c)),
      [30_000, 16_000, 7810, 2000, 2000],
    )
    assert.deepEqual(
      [0, 1, 2].map(c => after(2, c)),
      [30_000, 12_333, 2000],
    )
    assert.deepEqual(
      [0, 1].map(c => after(0, c)),
      [2000, 2000],
    )
  })

  it("grows with the logarithm of the cluster", () => {
    assert.deepEqual(
      [1, 2, 10, 100, 1000].map(n => suspicionTimeout(4, n, 1000)),
      [4000, 4000, 4000, 8000, 12_000],
    )
  })
})
