import assert from "node:assert/strict"
import { test } from "node:test"
import { drainAnnotation, drainOf, drainText } from "../../../agent/core/announce/drain.ts"

const of = (value: string) => drainOf({ annotations: { [drainAnnotation]: value } })
const noon = Date.UTC(2026, 0, 1, 14, 2, 11)

test("a node without the annotation is not drained", () => {
  assert.equal(drainOf({ annotations: {} }), undefined)
  assert.equal(drainOf({ annotations: Object.create({ [drainAnnotation]: "true" }) }), undefined)
})

test("the value says since when and how far, and reads back as it was written", () => {
  assert.equal(drainText(noon + 999, "leaving"), "2026-01-01T14:02:11Z")
  assert.deepEqual(of(drainText(noon, "leaving")), { since: noon, phase: "leaving" })
  assert.equal(drainText(noon, "withdrawn"), "2026-01-01T14:02:11Z withdrawn")
  assert.deepEqual(of(drainText(noon, "withdrawn")), { since: noon, phase: "withdrawn" })
})

test("whatever else a person writes drains too", () => {
  for (const value of ["", "true", "false", "later withdrawal"])
    assert.deepEqual(of(value), { since: undefined, phase: "leaving" }, value)
})
