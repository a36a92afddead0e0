import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fromPlain, toPlain } from "../../../agent/core/plain.ts"

test("whatever values the core has come back from a file as they were", () => {
  const leaf = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
    fc.double({ noDefaultInfinity: false }).map(value => (Object.is(value, -0) ? 0 : value)),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }).map(bytes => Uint8Array.from(bytes)),
  )
  const field = fc.string({ unit: fc.constantFrom(..."abc"), minLength: 1 })
  const value = fc.letrec(tie => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(field, tie("any"), { maxKeys: 3, noNullPrototype: true }),
      fc.array(tie("any"), { maxLength: 3 }).map(list => new Set(list)),
      fc.array(fc.tuple(fc.string(), tie("any")), { maxLength: 3 }).map(list => new Map(list)),
    ),
  })).any
  fc.assert(
    fc.property(value, one => {
      assert.deepEqual(fromPlain(JSON.parse(JSON.stringify(toPlain(one)))), one)
    }),
  )
})

test("what is undefined is left out of an object", () => {
  assert.deepEqual(toPlain({ a: undefined, b: [1, undefined] }), { b: [1, null] })
})
