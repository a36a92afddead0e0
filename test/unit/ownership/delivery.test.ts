import assert from "node:assert/strict"
import { test } from "node:test"
import { claimsTo, Driver, vip } from "./driver.ts"

const all = ["n1", "n2", "n3"]
/** Enough for 13 pages. */
const many = Array.from({ length: 400 }, (_, at) => `10.1.${at >> 8}.${at & 255}`)

/** n1, of which n2 knows that it claims nothing. */
const started = () => {
  const driver = new Driver()
  driver.says("n2", { type: "ack", page: 0, version: 1 })
  return driver
}

/** n1, which has taken all of them, and the pages that it sent to n2 in that step. */
const busy = () => {
  const driver = started()
  const first = claimsTo(driver.wants(all, many), "n2")
  const acknowledge = (pages: typeof first) =>
    pages.flatMap(({ page, version }) => claimsTo(driver.says("n2", { type: "ack", page, version }), "n2"))
  return { driver, first, acknowledge }
}

test("a claim is repeated every 50 ms until it is acknowledged", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.says("n3", { type: "ack", page: 0, version: 2 })
  const effects = driver.passLively(500)
  assert.equal(claimsTo(effects, "n2").length, 10)
  assert.equal(claimsTo(effects, "n3").length, 0)
  driver.says("n2", { type: "ack", page: 0, version: 2 })
  assert.equal(claimsTo(driver.passLively(5_000), "n2").length, 0)
})

test("an acknowledgement of an older page is none", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.says("n2", { type: "ack", page: 0, version: 1 })
  assert.ok(claimsTo(driver.passLively(100), "n2").length > 0)
})

test("eight pages are on their way at most, and each that is acknowledged lets another one leave", () => {
  const { driver, first, acknowledge } = busy()
  assert.equal(first.length, 8)
  assert.deepEqual(claimsTo(driver.passLively(40), "n2"), [])
  const next = acknowledge(first)
  assert.deepEqual(
    next.map(({ page }) => page),
    [8, 9, 10, 11, 12],
  )
  assert.deepEqual(acknowledge(next), [])
  assert.deepEqual(claimsTo(driver.passLively(2_000), "n2"), [], "all of them are there")
})

test("whoever acknowledges nothing gets two copies in 50 ms, and not more because more is missing", () => {
  const { driver } = busy()
  const copies = claimsTo(driver.passLively(2_000), "n2").length
  assert.ok(copies >= 72 && copies <= 80, `${copies} copies in 2 s`)
})

test("a page that changes while a copy is on its way waits for the answer to that copy", () => {
  const driver = started()
  const [first] = claimsTo(driver.wants(all), "n2")
  const more = claimsTo(driver.wants(all, [vip, "192.168.1.12"]), "n2")
  assert.deepEqual(more, [])
  const [second] = claimsTo(driver.says("n2", { type: "ack", page: 0, version: first?.version ?? 0 }), "n2")
  assert.deepEqual(second?.claims.length, 2)
})

test("whoever was silent and speaks again is told at once what it missed", () => {
  const { driver } = busy()
  driver.passLively(1_000)
  driver.pass(100)
  const told = claimsTo(driver.says("n2", { type: "ack", page: 0, version: 1 }), "n2")
  assert.ok(told.length >= 4, `${told.length} pages`)
})

test("an acknowledgement of a version that never was is none", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.says("n2", { type: "ack", page: 0, version: 4_000_000_000 })
  driver.says("n2", { type: "ack", page: 500, version: 1 })
  assert.ok(claimsTo(driver.passLively(60), "n2").length > 0)
})
