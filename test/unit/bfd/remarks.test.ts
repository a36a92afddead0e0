import assert from "node:assert/strict"
import { test } from "node:test"
import { accountOf, type WireFacts } from "../../../agent/core/bfd/explain.ts"
import type { Place } from "../../../agent/core/bfd/place.ts"
import { phraseOf } from "../../../agent/core/sentence.ts"
import { address } from "../allocate/fixtures.ts"
import { Driver } from "./fixtures.ts"

const place: Place = {
  path: { hops: "single", peer: address("10.0.0.2"), interfaceIndex: 3 },
  local: address("10.0.0.1"),
  interfaceName: "eth0",
}
const quiet: WireFacts = { fault: undefined, echo: undefined, refused: undefined, heardAt: undefined }

const said = (driver: Driver, wire: Partial<WireFacts> = {}) => {
  const { reason, remarks } = accountOf(driver.session, place, { ...quiet, ...wire })
  return [reason, ...remarks.map(remark => `${remark.reason} ${phraseOf(remark.reason, remark.facts)}`)]
}

test("a session whose packets cannot be sent says why in the kernel's words, beside what it waits for", () => {
  assert.deepEqual(said(new Driver(), { fault: "EPERM: operation not permitted, sendto(UDP)" }), [
    "ML481",
    "ML497 cannot send to 10.0.0.2: EPERM: operation not permitted, sendto(UDP)",
  ])
  assert.deepEqual(said(new Driver()), ["ML481"])
})

test("a peer in Demand mode is told of once both sides are up, and no longer than it asks for it", () => {
  assert.deepEqual(said(new Driver().settle({ demand: true })), [
    "ML480",
    "ML499 10.0.0.2 asks for no packets while up",
  ])
  assert.deepEqual(said(new Driver().settle()), ["ML480"])
})
