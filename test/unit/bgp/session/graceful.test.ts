import assert from "node:assert/strict"
import { test } from "node:test"
import { endOfRib } from "../../../../agent/core/bgp/rib/outbound.ts"
import type { GracefulRestart } from "../../../../agent/core/bgp/wire/capability.ts"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { decodeNotification } from "../../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen, type Open } from "../../../../agent/core/bgp/wire/open.ts"
import { notificationText } from "../../../../agent/core/bgp/wire/words.ts"
import { text } from "../bytes.ts"
import { out4, route } from "../rib/fixtures.ts"
import { Driver, fourOctet, ipv4, openOf } from "./fixtures.ts"

const family = { afi: 1, safi: 1 }
const graceful = (changes: Partial<GracefulRestart> = {}): Open =>
  openOf({
    capabilities: [
      ipv4,
      fourOctet(64513),
      {
        kind: "graceful-restart",
        restarting: false,
        notification: true,
        time: 60,
        families: [{ family, forwarding: true }],
        ...changes,
      },
    ],
  })
const up = (open: Open = graceful()): Driver => {
  const driver = new Driver({ gracefulRestart: true })
  driver.establish(open)
  return driver
}
const words = (driver: Driver): readonly string[] =>
  driver
    .sent("out-1")
    .flatMap(({ type, body }) => (type === "notification" ? [notificationText(decodeNotification(body))] : []))

test("a speaker that ends for another to take over closes without a word, so that the peer keeps the routes", () => {
  const driver = up()
  driver.do({ kind: "stop", stop: { kind: "leave" } })
  assert.deepEqual([driver.said("out-1"), driver.acts, driver.state], ["", ["close out-1 flush"], "Idle"])
  assert.equal(driver.reason, "ML459")
  assert.equal(driver.wakeAt, undefined)
})

test("where graceful restart was not agreed on, leaving is a shutdown", () => {
  const plain = new Driver({ gracefulRestart: true })
  plain.establish()
  plain.do({ kind: "stop", stop: { kind: "leave" } })
  assert.equal(plain.said("out-1"), "notification 6/2")
  assert.equal(plain.reason, "ML421")
  const off = new Driver()
  off.establish(graceful())
  off.do({ kind: "stop", stop: { kind: "leave" } })
  assert.equal(off.said("out-1"), "notification 6/2")
})

test("what is to take the routes away at once is a hard reset where both sides keep them over a NOTIFICATION (RFC 8538)", () => {
  const rows = [
    [{ kind: "shutdown", text: "bye" }, 'cease, administrative shutdown: "bye" (6/2)'],
    [{ kind: "removed" }, "cease, peer de-configured (6/3)"],
  ] as const
  for (const [stop, wanted] of rows) {
    const both = up()
    both.do({ kind: "stop", stop })
    assert.deepEqual(words(both), [`hard reset, ${wanted}`])
    const one = up(graceful({ notification: false }))
    one.do({ kind: "stop", stop })
    assert.deepEqual(words(one), [wanted])
  }
  const dead = up()
  dead.do({ kind: "bfd-down" })
  assert.deepEqual(words(dead), ["hard reset, cease, BFD down (6/10)"])
})

test("a reset and new settings let the peer keep the routes until the session is back", () => {
  const reset = up()
  reset.do({ kind: "reset", text: "again" })
  assert.deepEqual(words(reset), ['cease, administrative reset: "again" (6/4)'])
  const changed = up()
  changed.do({ kind: "configure", settings: { ...changed.session.settings, holdTime: 30 } })
  assert.deepEqual(words(changed), ["cease, other configuration change (6/6)"])
})

test("End-of-RIB goes out once all routes are known and sent, and only where the peer waits for it", () => {
  const driver = up()
  driver.do({ kind: "routes", set: [route("10.1.0.1/32")], gone: [] })
  assert.equal(driver.said("out-1"), "update", "more may come")
  driver.do({ kind: "routes", set: [route("10.1.0.2/32")], gone: [] })
  driver.said("out-1")
  driver.do({ kind: "complete" })
  const [message] = driver.sent("out-1")
  assert.equal(text(message?.body ?? new Uint8Array(1)), text(endOfRib("IPv4", out4.wire).subarray(19)))
  driver.do({ kind: "routes", set: [route("10.1.0.3/32")], gone: [] })
  assert.equal(driver.sent("out-1").length, 1, "not again")
  const plain = new Driver({ gracefulRestart: true })
  plain.establish()
  plain.do({ kind: "complete" })
  assert.equal(plain.said("out-1"), "")
})

test("End-of-RIB comes behind the routes also where the table was complete before the session", () => {
  const driver = new Driver({ gracefulRestart: true })
  driver.do({ kind: "table", routes: [route("10.1.0.1/32")] })
  driver.do({ kind: "complete" })
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.hear("out-1", encodeOpen(graceful()), encodeKeepalive())
  const bodies = driver.sent("out-1").flatMap(({ type, body }) => (type === "update" ? [body.length] : []))
  assert.equal(bodies.length, 2)
  assert.equal(bodies[1], 4)
})

test("a peer that keeps routes and connects again has restarted: the old connection goes without a word (RFC 4724 section 5)", () => {
  const driver = up()
  driver.do({ kind: "routes", set: [route("10.1.0.1/32")], gone: [] })
  driver.said("out-1")
  driver.accepted("in-1")
  assert.deepEqual([driver.said("out-1"), driver.said("in-1"), driver.state], ["", "open", "OpenSent"])
  assert.ok(driver.acts.includes("close out-1 flush"))
  assert.equal(driver.session.last?.explained.reason, "ML451")
  driver.hear("in-1", encodeOpen(graceful({ restarting: true })), encodeKeepalive())
  assert.equal(driver.state, "Established")
  assert.equal(driver.session.losses, 0, "this is no loss")
  assert.match(driver.said("in-1"), /update/, "it gets the routes anew")
})

test("a peer that keeps nothing does not get the established session's place by connecting again", () => {
  const driver = up(graceful({ families: [] }))
  driver.accepted("in-1")
  assert.equal(driver.state, "Established")
})
