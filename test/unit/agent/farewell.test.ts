import assert from "node:assert/strict"
import { test } from "node:test"
import type { SpeakerPod } from "../../../agent/core/model.ts"
import { farewellOf, type Leaving, settledFarewell } from "../../../agent/speaker/farewell.ts"
import { node, speaker } from "../announce/fixtures.ts"
import { world } from "./harness.ts"

const here = node("node-1")
const pod = speaker("node-1")
const deleted: SpeakerPod = { ...pod, ready: false, deleting: true }
const drained = node("node-1", { annotations: { "metallb.io/drain": "2026-11-28T21:00:00Z" } })

test("routes stay with the peers only where the pod is deleted on a node that stays in service", () => {
  const said = (leaving: Leaving) => {
    const how = farewellOf(leaving)
    return how.kind === "shutdown" ? how.text : how.kind
  }
  assert.equal(said({ node: here, pod: deleted }), "leave")
  assert.equal(said({ node: here, pod }), "speaker ended, and its pod stays")
  assert.equal(said({ node: here, pod: undefined }), "speaker ended, and its pod stays")
  assert.equal(said({ node: undefined, pod: deleted }), "node removed")
  assert.equal(said({ node: drained, pod: deleted }), "node drained")
  assert.equal(said({ node: node("node-1", { ready: false }), pod: deleted }), "node going down")
  assert.equal(said({ node: node("node-1", { ready: "unknown" }), pod: deleted }), "node going down")
})

/** What is said, and after how many ms, where the pod is what `at` says so long after the start. */
const after = async (at: (ms: number) => Leaving) => {
  const { clock } = world()
  const began = clock.monotonic()
  let took: number | undefined
  const how = settledFarewell(clock, () => at(clock.monotonic() - began)).then(stop => {
    took = clock.monotonic() - began
    return stop.kind
  })
  for (let step = 0; step < 100 && took === undefined; step++) await clock.advance(10)
  return `${await how} after ${took}`
}

test("a deletion that the watch tells a moment later than the kubelet is waited for, and no longer than 100 ms", async () => {
  assert.equal(await after(() => ({ node: here, pod: deleted })), "leave after 0")
  assert.equal(await after(ms => ({ node: here, pod: ms < 55 ? pod : deleted })), "leave after 60")
  assert.equal(await after(() => ({ node: here, pod })), "shutdown after 100")
})

test("nothing is waited for where a deletion would change nothing", async () => {
  assert.equal(await after(() => ({ node: drained, pod })), "shutdown after 0")
  assert.equal(await after(() => ({ node: here, pod: undefined })), "shutdown after 0")
})
