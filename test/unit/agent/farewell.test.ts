import assert from "node:assert/strict"
import { test } from "node:test"
import type { SpeakerPod } from "../../../agent/core/model.ts"
import { pause } from "../../../agent/ports/clock.ts"
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

/** What is said, and after how many ms, where node and pod are what `at` says so long after the start, and the API's answer takes `answer`. */
const after = async (at: (ms: number) => Leaving, answer?: { readonly ms: number; readonly pod: SpeakerPod }) => {
  const { clock } = world()
  const began = clock.monotonic()
  let took: number | undefined
  let asked = 0
  const ask = async () => {
    asked += 1
    await pause(clock, answer?.ms ?? 0)
    return answer?.pod
  }
  const how = settledFarewell(clock, () => at(clock.monotonic() - began), ask).then(stop => {
    took = clock.monotonic() - began
    return stop.kind
  })
  for (let step = 0; step < 100 && took === undefined; step++) await clock.advance(5)
  return `${await how} after ${took}, asked ${asked}`
}

test("the API is asked whether the pod is deleted, and its word is enough", async () => {
  const watched = () => ({ node: here, pod })
  assert.equal(await after(watched, { ms: 15, pod: deleted }), "leave after 20, asked 1")
  assert.equal(await after(watched, { ms: 15, pod }), "shutdown after 20, asked 1")
})

test("where the API does not answer, a deletion that the watch tells late is waited for, 100 ms at most", async () => {
  assert.equal(await after(ms => ({ node: here, pod: ms < 55 ? pod : deleted })), "leave after 60, asked 1")
  assert.equal(await after(() => ({ node: here, pod })), "shutdown after 100, asked 1")
  assert.equal(await after(() => ({ node: here, pod }), { ms: 500, pod: deleted }), "shutdown after 100, asked 1")
})

test("what the watch tells meanwhile counts before an older answer", async () => {
  const told = (ms: number) => ({ node: here, pod: ms < 10 ? pod : deleted })
  assert.equal(await after(told, { ms: 10, pod }), "leave after 10, asked 1")
})

test("nothing is asked or waited for where a deletion would change nothing, or is known", async () => {
  assert.equal(await after(() => ({ node: here, pod: deleted })), "leave after 0, asked 0")
  assert.equal(await after(() => ({ node: drained, pod })), "shutdown after 0, asked 0")
  assert.equal(await after(() => ({ node: here, pod: undefined })), "shutdown after 0, asked 0")
})
