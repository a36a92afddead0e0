import assert from "node:assert/strict"
import { test } from "node:test"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import { Driver, openOf } from "./fixtures.ts"

test("a session goes from Idle over Connect, OpenSent and OpenConfirm to Established", () => {
  const driver = new Driver()
  assert.equal(driver.state, "Idle")
  driver.do({ kind: "start" })
  assert.deepEqual([driver.state, driver.reason, driver.acts], ["Connect", "ML422", ["dial out-1"]])
  driver.connected("out-1")
  assert.deepEqual([driver.state, driver.reason, driver.said("out-1")], ["OpenSent", "ML430", "open"])
  driver.hear("out-1", encodeOpen(openOf()))
  assert.deepEqual([driver.state, driver.reason, driver.said("out-1")], ["OpenConfirm", "ML431", "keepalive"])
  driver.hear("out-1", encodeKeepalive())
  assert.deepEqual([driver.state, driver.reason, driver.said("out-1")], ["Established", "ML420", ""])
})
