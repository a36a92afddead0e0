import assert from "node:assert/strict"
import { test } from "node:test"
import type { Verdict } from "../../../agent/core/probe/state.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { createProber } from "../../../agent/speaker/prober.ts"
import { address } from "../allocate/fixtures.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"
import { link, macOf, stranger } from "../probe/scene.ts"

const asking = () => {
  const clock = virtualClock()
  const verdicts: Verdict["kind"][] = []
  const prober = createProber(
    { clock, metrics: createMetrics() },
    { send: () => true, setQuestions: () => undefined },
    { verdict: (_, { kind }) => verdicts.push(kind), off: () => undefined },
  )
  prober.links([link()])
  prober.want([{ address: address("10.0.0.1"), interfaces: "all", spare: [] }])
  return { clock, prober, verdicts }
}

test("an address is free after 200 ms of silence", async () => {
  const { clock, verdicts } = asking()
  await clock.advance(199)
  assert.deepEqual(verdicts, [])
  await clock.advance(1)
  assert.deepEqual(verdicts, ["free"])
})

test("an answer that arrived while the loop stood still is read before silence is taken for one", async () => {
  const { clock, prober, verdicts } = asking()
  await clock.advance(150)
  // A loop that stood still runs what is due first, and then reads its sockets.
  clock.after(50, () => prober.answered({ address: address("10.0.0.1"), mac: macOf(stranger), how: "answer" }, "eth0"))
  await clock.advance(2_000)
  assert.deepEqual(verdicts, ["conflict"])
})
