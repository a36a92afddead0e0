import assert from "node:assert/strict"
import { test } from "node:test"
import { malformedPause } from "../../../../agent/core/bgp/session/malformed.ts"
import { encodeUpdate } from "../../../../agent/core/bgp/wire/encode-update.ts"
import { encodeKeepalive, encodeMessage } from "../../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import type { Update } from "../../../../agent/core/bgp/wire/update.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr, hex } from "../bytes.ts"
import { out4 } from "../rib/fixtures.ts"
import { Driver, openOf } from "./fixtures.ts"

const attributes = {
  origin: 0 as const,
  asPath: [{ kind: "sequence" as const, asns: [64513] }],
  nextHop: address("10.0.0.1"),
}
const announce = (...prefixes: readonly string[]): Uint8Array =>
  message({ withdrawn: [], attributes, announced: prefixes.map(cidr) })
const message = (update: Update): Uint8Array => encodeUpdate(update, out4.wire)
const learned = (driver: Driver) => {
  assert.ok(driver.session.main.state === "Established", driver.reason)
  return driver.session.main.learned
}

test("routes of the peer are counted, and nothing of them is kept", () => {
  const driver = new Driver()
  driver.establish()
  driver.hear("out-1", announce("10.5.0.0/16", "10.6.0.0/16"))
  driver.hear("out-1", message({ withdrawn: [cidr("10.5.0.0/16")], attributes: {}, announced: [] }))
  const { announced, withdrawn, complete } = learned(driver)
  assert.deepEqual([announced, withdrawn, complete], [2, 1, []])
  driver.hear("out-1", message({ withdrawn: [], attributes: {}, announced: [] }))
  driver.hear("out-1", message({ withdrawn: [], attributes: {}, announced: [] }))
  assert.deepEqual(learned(driver).complete, ["IPv4"])
})

const broken = encodeMessage("update", hex("0000 0014 40010103 400206 0201 0000fc01 400304 0a000001 10 0a05"))
const malformed = (driver: Driver) => driver.effects.filter(effect => effect.kind === "malformed")

test("malformed attributes are counted and the session goes on (RFC 7606)", () => {
  const driver = new Driver()
  driver.establish()
  driver.hear("out-1", broken)
  assert.equal(learned(driver).withdrawn, 1)
  const discarded = hex("0000 0018 40010100 400206 0201 0000fc01 400304 0a000001 40060100 10 0a05")
  driver.hear("out-1", encodeMessage("update", discarded))
  assert.equal(learned(driver).announced, 1)
  assert.deepEqual(driver.session.counters.malformed, { discard: 1, withdraw: 1, reset: 0 })
})

test("a malformed UPDATE is told with its faults, its routes and the whole message (RFC 7606 section 6)", () => {
  const driver = new Driver()
  driver.establish()
  driver.hear("out-1", broken)
  assert.deepEqual(malformed(driver), [
    {
      kind: "malformed",
      outcome: "withdraw",
      complaints: [{ fault: "update-origin", type: 1, approach: "withdraw" }],
      routes: [cidr("10.5.0.0/16")],
      message: broken,
      untold: 0,
    },
  ])
  const good = new Driver()
  good.establish()
  good.hear("out-1", announce("10.5.0.0/16"))
  assert.deepEqual(malformed(good), [])
})

test("one that ends the session is told before it ends, with the routes that could be read", () => {
  for (const [body, fault, type, routes] of [
    ["0000 0003 40 63 00 10 0a05", "update-unrecognized", 99, ["10.5.0.0/16"]],
    ["0003 10 0a06 0000 21 0a00000000", "update-network", 0, ["10.6.0.0/16"]],
    ["0001 0000", "update-attribute-list", 0, []],
  ] as const) {
    const fresh = new Driver()
    fresh.establish()
    const message = encodeMessage("update", hex(body))
    fresh.hear("out-1", message)
    const [told] = malformed(fresh)
    assert.ok(told !== undefined, body)
    const [complaint] = told.complaints
    assert.deepEqual([complaint?.fault, complaint?.type], [fault, type])
    assert.deepEqual([told.outcome, told.routes, told.message], ["reset", routes.map(cidr), message])
    assert.equal(fresh.session.counters.malformed.reset, 1)
    assert.ok(fresh.effects.indexOf(told) < fresh.effects.findIndex(({ kind }) => kind === "close"))
  }
})

test("of many malformed UPDATEs one in ten seconds is told, and how many were not, over sessions too", () => {
  const driver = new Driver()
  driver.establish()
  driver.hear("out-1", broken)
  assert.equal(malformed(driver).length, 1)
  for (let round = 0; round < 5; round += 1) {
    driver.hear("out-1", broken)
    assert.deepEqual(malformed(driver), [])
  }
  driver.closed("out-1")
  driver.pass(2_000)
  driver.connected("out-2")
  driver.hear("out-2", encodeOpen(openOf()), encodeKeepalive(), broken)
  assert.deepEqual(malformed(driver), [])
  driver.pass(malformedPause - 2_000)
  driver.hear("out-2", broken)
  assert.deepEqual(
    malformed(driver).map(({ untold }) => untold),
    [6],
  )
  assert.equal(driver.session.counters.malformed.withdraw, 8)
})

test("an update that cannot be read ends the session with the error that it has", () => {
  for (const [body, wanted] of [
    ["0001 0000", "notification 3/1"],
    ["0000 0000 21 0a00000000", "notification 3/10"],
    ["0000 0003 40 63 00", "notification 3/2"],
    ["0000 0003 80 0e 00", "notification 3/9"],
  ] as const) {
    const driver = new Driver()
    driver.establish()
    driver.hear("out-1", encodeMessage("update", hex(body)))
    assert.deepEqual([driver.said("out-1"), driver.state, driver.session.losses], [wanted, "Idle", 1])
  }
})

test("a table beyond the limit ends the session with the reason that it has", () => {
  const driver = new Driver({ maxPrefixes: 10 })
  driver.establish()
  driver.hear("out-1", announce(...Array.from({ length: 10 }, (_, at) => `10.${at}.0.0/16`)))
  assert.equal(driver.state, "Established")
  driver.hear("out-1", announce("10.10.0.0/16"))
  assert.equal(driver.said("out-1"), "notification 6/1")
  assert.equal(driver.session.last?.explained.reason, "ML443")
})

test("the same routes again and again over time are no flood", () => {
  const driver = new Driver({ maxPrefixes: 10, holdTime: 0 })
  driver.establish()
  for (let round = 0; round < 50; round += 1) {
    driver.hear("out-1", announce("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16"))
    driver.pass(60_000)
  }
  assert.equal(learned(driver).announced, 250)
})

test("a limit of 0 is none", () => {
  const driver = new Driver({ maxPrefixes: 0 })
  driver.establish()
  for (let round = 0; round < 1000; round += 1) driver.hear("out-1", announce("10.1.0.0/16", "10.2.0.0/16"))
  assert.equal(learned(driver).announced, 2000)
})

test("a peer that floods with messages that say nothing is cut off", () => {
  const driver = new Driver({ maxPrefixes: 100 })
  driver.establish()
  for (let round = 0; round < 101 && driver.state === "Established"; round += 1) driver.hear("out-1", encodeKeepalive())
  assert.equal(driver.said("out-1"), "notification 6/8")
  assert.equal(driver.session.last?.explained.reason, "ML442")
})
