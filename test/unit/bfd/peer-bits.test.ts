import assert from "node:assert/strict"
import { test } from "node:test"
import { Driver, fast } from "./fixtures.ts"

test("the peer's C bit is kept and decides nothing: a failure is one with it and without (RFC 5882 section 4.3)", () => {
  for (const controlPlaneIndependent of [false, true]) {
    const driver = new Driver(fast).reach("Up")
    driver.hear({ controlPlaneIndependent })
    assert.equal(driver.session.remote.controlPlaneIndependent, controlPlaneIndependent)
    assert.deepEqual(
      driver.silence().filter(effect => effect.kind === "changed"),
      [{ kind: "changed", from: "Up", to: "Down", failure: true }],
    )
  }
})

test("a forwarding plane reset and a concatenated path at the peer are diagnostics like any other (RFC 5880 sections 6.8.15 and 6.8.17)", () => {
  for (const diagnostic of [4, 5, 6, 8]) {
    const driver = new Driver(fast).reach("Up")
    driver.hear({ diagnostic })
    assert.equal(driver.session.state, "Up", `diagnostic ${diagnostic}`)
    assert.equal(driver.session.remote.diagnostic, diagnostic)
    assert.equal(driver.sends.diagnostic, 0, "nothing of it is ours")
  }
})

test("the peer may begin and end Demand mode at any time, and no packet asks for it (RFC 5880 section 6.8.14)", () => {
  const driver = new Driver(fast).reach("Up")
  assert.notEqual(driver.plan.packet, undefined)
  driver.hear({ demand: true })
  // Being asked whether it knows our interval is no periodic packet: the Poll Sequence ends with Final.
  driver.hear({ demand: true, final: true })
  driver.hear({ demand: true })
  assert.equal(driver.plan.packet, undefined)
  driver.hear({ demand: false })
  assert.notEqual(driver.plan.packet, undefined)
  assert.equal(driver.sends.demand, false)
})
