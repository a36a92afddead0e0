import assert from "node:assert/strict"
import { test } from "node:test"
import { reportOf } from "../../client/report.ts"

const answered = (at: number, who = "a") => ({ at, ms: 1, who })
const lost = (at: number) => ({ at, error: "timeout" })

test("without a loss there is no outage", () => {
  const report = reportOf([answered(0), answered(100, "b"), answered(200)], 1000)
  assert.deepEqual(report, { attempts: 3, lost: 0, outageMs: 0, recovered: true, who: { a: 2, b: 1 }, errors: {} })
})

test("an outage reaches from the last answered attempt before it to the first one after it", () => {
  const report = reportOf([lost(200), answered(0), answered(100), lost(300), answered(400), answered(500)], 1000)
  assert.equal(report.outageMs, 300)
  assert.equal(report.lost, 2)
  assert.equal(report.recovered, true)
})

test("the longest of two outages counts", () => {
  const report = reportOf([answered(0), lost(100), answered(200), lost(300), lost(400), lost(500), answered(600)], 1000)
  assert.equal(report.outageMs, 400)
})

test("a probe that ends in a loss has not recovered, and counts up to the end of its last attempt", () => {
  const report = reportOf([answered(0), lost(100), lost(200)], 1000)
  assert.equal(report.recovered, false)
  assert.equal(report.outageMs, 1200)
})

test("a probe that was never answered counts from its beginning", () => {
  assert.equal(reportOf([lost(0), lost(100)], 500).outageMs, 600)
  assert.deepEqual(reportOf([lost(0)], 500).errors, { timeout: 1 })
})
