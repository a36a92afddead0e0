import assert from "node:assert/strict"
import { test } from "node:test"
import { phraseOf } from "../../../agent/core/sentence.ts"
import type { WhyReport } from "../../../agent/core/why/report.ts"
import { service } from "../allocate/fixtures.ts"
import { pool } from "../config/fixtures.ts"
import { why } from "./fixtures.ts"

const web = (more: Parameters<typeof service>[1] = {}) => service("shop/web", { createdAt: 9, ...more })
const held = web({ ips: ["203.0.113.19"], from: "public" })
const poolLines = (report: WhyReport) =>
  report.pools.map(row => `${row.pool} ${row.verdict} ${row.reason} ${phraseOf(row.reason, row.facts)}`)
const addressLines = (report: WhyReport) =>
  report.lookedAt.map(row => `${row.address} ${row.verdict} ${row.reason} ${phraseOf(row.reason, row.facts)}`)

test("a pool in drain is turned down with its reason and the command that ends it", () => {
  const report = why("shop/web", { services: [web()], pools: [pool("public", ["203.0.113.16/28"], { drain: true })] })
  assert.equal(report.state, "pending")
  assert.deepEqual(poolLines(report), ["public rejected ML140 draining: gives no new address"])
  assert.deepEqual(
    report.waysOut.map(({ commands }) => commands),
    [["kubectl metallb pools undrain public"]],
  )
})

test("who holds an address of a pool in drain is told that it is no place to get another one", () => {
  const report = why("shop/web", { services: [held], pools: [pool("public", ["203.0.113.16/28"], { drain: true })] })
  assert.equal(report.state, "assigned")
  assert.deepEqual(poolLines(report), ["public chosen ML138 draining, gives no other, open to every service"])
})

test("an address of a pool with another order is not said to be the lowest free one", () => {
  const rows = [
    ["random", "203.0.113.19 chosen ML144 place of the service"],
    ["least-recently-used", "203.0.113.19 chosen ML145 was held longest ago"],
  ] as const
  for (const [allocationOrder, line] of rows) {
    const pools = [pool("public", ["203.0.113.16/28"], { allocationOrder })]
    assert.deepEqual(addressLines(why("shop/web", { services: [held], pools })), [line])
  }
})

test("what cools is known to the controller alone, and the way out says so", () => {
  const more = { allocationOrder: "least-recently-used", coolingTime: "10m" }
  const report = why("shop/web", { services: [web()], pools: [pool("public", ["203.0.113.16/28"], more)] })
  assert.equal(report.state, "changing")
  const [way] = report.waysOut
  assert.match(way?.note ?? "", /free addresses cool, which only its event tells \[ML141\]/)
})

test("a service with several addresses is told of each, of one owner, and of what it lacks", () => {
  const several = { annotations: { "metallb.io/addresses-per-family": "3" } }
  const two = web({ ...several, ips: ["203.0.113.16", "203.0.113.17"], from: "public" })
  const report = why("shop/web", { services: [two], pools: [pool("public", ["203.0.113.16/31"])] })
  assert.equal(report.state, "assigned")
  assert.equal(phraseOf(report.reason, report.facts), "203.0.113.16, 203.0.113.17: gives 2 of 3 IPv4 addresses")
  assert.deepEqual(addressLines(report), [
    "203.0.113.16 chosen ML136 lowest free",
    "203.0.113.17 chosen ML136 lowest free",
  ])
  assert.deepEqual(
    report.announcements.map(({ addresses }) => addresses),
    [["203.0.113.16", "203.0.113.17"]],
  )
})
