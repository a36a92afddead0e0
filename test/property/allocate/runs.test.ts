import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  addNumbers,
  emptyRuns,
  hasNumber,
  lowestAbsent,
  removeNumber,
  runsIn,
} from "../../../agent/core/allocate/runs.ts"
import { addressAt, numberOf, spaceOf } from "../../../agent/core/allocate/space.ts"
import { usableSize } from "../../../agent/core/ip/buggy.ts"
import { formatRange } from "../../../agent/core/ip/range.ts"
import { pool } from "../../unit/allocate/fixtures.ts"

const small = fc.integer({ min: 0, max: 40 })
const changes = fc.array(fc.record({ add: fc.boolean(), from: small, length: fc.integer({ min: 1, max: 6 }) }), {
  maxLength: 60,
})

test("runs behave like a set of numbers after any changes", () => {
  fc.assert(
    fc.property(changes, changing => {
      const runs = emptyRuns()
      const model = new Set<number>()
      for (const { add, from, length } of changing) {
        const span = Array.from({ length }, (_, n) => from + n)
        if (add) {
          const added = span.filter(n => !model.has(n)).length
          assert.equal(addNumbers(runs, BigInt(from), BigInt(from + length - 1)), BigInt(added))
          for (const n of span) model.add(n)
        } else assert.equal(removeNumber(runs, BigInt(from)), model.delete(from))
        let lowest = 0
        while (model.has(lowest)) lowest += 1
        assert.equal(lowestAbsent(runs), BigInt(lowest))
        assert.equal(runs.count, BigInt(model.size))
        for (let n = 0; n < 48; n += 1) assert.equal(hasNumber(runs, BigInt(n)), model.has(n))
        const list = runsIn(runs)
        for (const [at, [, last]] of list.entries()) assert.ok(last + 1n < (list[at + 1]?.[0] ?? last + 2n))
      }
    }),
    { numRuns: 300 },
  )
})

test("numbers and addresses of a pool are each other's reverse, and the size is what the range counts", () => {
  const ipv4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })
  fc.assert(
    fc.property(ipv4, fc.bigInt({ min: 0n, max: 700n }), fc.boolean(), (start, length, avoidBuggyIPs) => {
      const last = start + length > 2n ** 32n - 1n ? 2n ** 32n - 1n : start + length
      const range = { family: "IPv4", first: start, last } as const
      const space = spaceOf(pool("p", [formatRange(range)], { avoidBuggyIPs }), "IPv4")
      const [segment] = space.segments
      assert.ok(segment !== undefined)
      assert.equal(space.size, usableSize(range, avoidBuggyIPs))
      let next = 0n
      for (let value = start; value <= last; value += 1n) {
        const number = numberOf(segment, { family: "IPv4", value })
        if (number === undefined) continue
        assert.equal(number, next)
        assert.deepEqual(addressAt(space, number), { family: "IPv4", value })
        next += 1n
      }
      assert.equal(next, space.size)
    }),
    { numRuns: 100 },
  )
})
