import assert from "node:assert/strict"
import { test } from "node:test"
import type { SessionSettings } from "../../../../agent/core/bgp/session/settings.ts"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { encodeOpen, type Open } from "../../../../agent/core/bgp/wire/open.ts"
import { Driver, openOf } from "./fixtures.ts"

/** Both sides connected at the same time: out-1 and in-1 have sent their OPENs. Our identifier is 10.0.0.11. */
const both = (settings: Partial<SessionSettings> = {}): Driver => {
  const driver = new Driver(settings)
  driver.do({ kind: "start" })
  driver.accepted("in-1")
  driver.connected("out-1")
  assert.deepEqual([driver.said("out-1"), driver.said("in-1")], ["open", "open"])
  return driver
}
const lower = openOf({ identifier: 1 })
const higher = openOf({ identifier: 0xffffffff })

const resolve = (first: string, second: string, open: Open, settings: Partial<SessionSettings> = {}): string => {
  const driver = both(settings)
  driver.hear(first, encodeOpen(open))
  assert.equal(driver.session.second?.state ?? driver.session.main.state, first === "in-1" ? "OpenConfirm" : "OpenSent")
  driver.hear(second, encodeOpen(open))
  const closed = ["out-1", "in-1"].filter(connection => driver.said(connection).includes("notification 6/7"))
  assert.equal(closed.length, 1)
  assert.equal(driver.session.second, undefined)
  const kept = closed[0] === "out-1" ? "in-1" : "out-1"
  driver.hear(kept, encodeKeepalive())
  assert.equal(driver.state, "Established")
  return kept
}

test("of two connections the one stays that the speaker with the higher identifier opened, whichever OPEN comes first", () => {
  assert.equal(resolve("out-1", "in-1", lower), "out-1")
  assert.equal(resolve("in-1", "out-1", lower), "out-1")
  assert.equal(resolve("out-1", "in-1", higher), "in-1")
  assert.equal(resolve("in-1", "out-1", higher), "in-1")
})

test("of equal identifiers the higher AS decides (RFC 6286 section 2.3)", () => {
  const equal = openOf({ identifier: 0x0a00000b })
  assert.equal(resolve("out-1", "in-1", equal), "in-1", "64513 is higher than 64512")
  const above = { asn: 64514 }
  assert.equal(resolve("out-1", "in-1", equal, above), "out-1")
})

test("a connection beside the established session is kept until its OPEN came, and then closed", () => {
  const driver = new Driver()
  driver.establish(higher)
  driver.accepted("in-1")
  assert.deepEqual(
    [driver.said("in-1"), driver.state, driver.session.second?.state],
    ["open", "Established", "OpenSent"],
  )
  driver.hear("in-1", encodeOpen(higher))
  assert.equal(driver.said("in-1"), "notification 6/7")
  assert.deepEqual([driver.state, driver.session.second], ["Established", undefined])
})

test("a connection of the peer that is established first ends our attempt to connect", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.accepted("in-1")
  driver.hear("in-1", encodeOpen(openOf()), encodeKeepalive())
  assert.equal(driver.state, "Established")
  assert.ok(driver.acts.includes("close out-1 abort"))
  assert.equal(driver.session.second, undefined)
})

test("our connection whose OPEN comes late is closed beside the established one of the peer", () => {
  const driver = both()
  driver.hear("in-1", encodeOpen(lower), encodeKeepalive())
  assert.deepEqual([driver.state, driver.session.second?.state], ["Established", "OpenSent"])
  driver.said("out-1")
  driver.hear("out-1", encodeOpen(lower))
  assert.equal(driver.said("out-1"), "notification 6/7")
  assert.equal(driver.state, "Established")
})

test("where our attempt fails, the connection of the peer is the session", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.accepted("in-1")
  driver.closed("out-1", "ECONNREFUSED")
  assert.deepEqual([driver.state, driver.session.second], ["OpenSent", undefined])
  driver.hear("in-1", encodeOpen(openOf()), encodeKeepalive())
  assert.equal(driver.state, "Established")
})

test("what goes wrong on the connection beside does not touch the session", () => {
  const driver = new Driver()
  driver.establish()
  driver.accepted("in-1")
  driver.hear("in-1", new Uint8Array(19))
  assert.match(driver.said("in-1"), /notification 1\/1$/)
  assert.deepEqual([driver.state, driver.session.losses], ["Established", 0])
  driver.accepted("in-2")
  driver.closed("in-2")
  assert.deepEqual([driver.state, driver.session.second], ["Established", undefined])
})

test("a newer connection of the peer takes the place of one that said nothing, and none of one that is about to be the session", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.accepted("in-1")
  driver.accepted("in-2")
  assert.equal(driver.said("in-1"), "open notification 6/7")
  assert.equal(driver.said("in-2"), "open")
  driver.hear("in-2", encodeOpen(openOf()))
  driver.accepted("in-3")
  assert.equal(driver.said("in-3"), "notification 6/5")
  assert.ok(driver.acts.includes("close in-3 flush"))
  assert.equal(driver.session.counters.turnedAway, 1)
})

test("no more than two connections are ever held, whatever the peer opens", () => {
  const driver = new Driver()
  driver.establish()
  let open = 0
  for (let at = 0; at < 500; at += 1) {
    driver.accepted(`in-${at}`)
    open += 1 - driver.acts.filter(act => act.startsWith("close in-")).length
  }
  assert.equal(open, 1)
  assert.equal(driver.state, "Established")
})
