import assert from "node:assert/strict"
import { test } from "node:test"
import { NoAnswerError } from "../../../agent/ports/kube/api-error.ts"
import { createClient } from "../../../agent/ports/kube/client.ts"
import { createRecorder, type EventNote } from "../../../agent/ports/kube/events.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { FakeApi } from "./fake-api.ts"
import type { Stored } from "./fake-store.ts"
import { steadyRandom, virtualClock } from "./virtual-clock.ts"

const begin = (busy = () => false) => {
  const clock = virtualClock()
  const api = new FakeApi(clock)
  const lines: string[] = []
  const log = createLog({ level: "info", clock, write: line => void lines.push(line) }, "test")
  const client = createClient({ transport: api.transport, clock, userAgent: "test" })
  let dropped = 0
  const recorder = createRecorder({
    client,
    clock,
    random: steadyRandom(),
    log,
    component: "metallb-controller",
    instance: "controller-1",
    onDropped: () => void dropped++,
    busy,
  })
  const events = () => api.store.list("events") as readonly (Stored & { count: number; message: string })[]
  return { clock, api, recorder, events, lines, dropped: () => dropped }
}

const note = (name: string, message: string, uid = `uid-${name}`): EventNote => ({
  about: { apiVersion: "v1", kind: "Service", namespace: "shop", name, uid },
  type: "Normal",
  reason: "IPAllocated",
  message,
})

test("an event names its object, its reporter and its words", async () => {
  const { clock, recorder, events } = begin()
  recorder.record(note("web", "assigned 192.0.2.1"))
  await clock.settle()
  const [event] = events()
  assert.equal(event?.metadata.namespace, "shop")
  assert.deepEqual(event?.["involvedObject"], note("web", "").about)
  assert.equal(event?.["reason"], "IPAllocated")
  assert.equal(event?.message, "assigned 192.0.2.1")
  assert.equal(event?.["reportingComponent"], "metallb-controller")
  assert.deepEqual(event?.["source"], { component: "metallb-controller", host: "controller-1" })
  assert.equal(event?.["lastTimestamp"], "2026-01-02T03:04:05Z")
})

test("an event makes way for what is more urgent, for a second at most", async () => {
  let busy = true
  const { clock, recorder, events } = begin(() => busy)
  recorder.record(note("web", "one"))
  recorder.record(note("web", "two"))
  recorder.record(note("web", "three"))
  await clock.advance(900)
  assert.equal(events().length, 0)
  await clock.advance(150)
  assert.equal(events().length, 2)
  busy = false
  await clock.advance(50)
  assert.equal(events().length, 3)
})

test("the same words again raise a count, written at most once a minute", async () => {
  const { clock, recorder, events, api } = begin()
  for (let i = 0; i < 100; i++) {
    recorder.record(note("web", "again"))
    await clock.advance(1_000)
  }
  assert.equal(events().length, 1)
  assert.equal(events()[0]?.count, 61)
  assert.equal(api.requests.length, 2)
})

test("one object makes 25 events at once and then two a minute, the others are not held back by it", async () => {
  const { clock, recorder, events, dropped } = begin()
  for (let i = 0; i < 100; i++) recorder.record(note("web", `number ${i}`))
  recorder.record(note("other", "hello"))
  await clock.settle()
  assert.equal(events().length, 26)
  assert.equal(dropped(), 75)
  await clock.advance(60_000)
  for (let i = 0; i < 10; i++) recorder.record(note("web", `later ${i}`))
  await clock.settle()
  assert.equal(events().length, 28)
})

test("a server that cannot take events holds at most 2048 back and loses none of those once it can", async () => {
  const { clock, recorder, events, api, dropped } = begin()
  api.fail({ status: 429, retryAfter: 1 }, () => true, 2)
  for (let i = 0; i < 3_000; i++) recorder.record(note(`s${i}`, "hello"))
  await clock.advance(5_000)
  assert.equal(events().length, 2_050)
  assert.equal(dropped(), 950)
})

test("an event that expired on the server is made anew", async () => {
  const { clock, recorder, events, api } = begin()
  recorder.record(note("web", "again"))
  await clock.advance(61_000)
  for (const event of events()) api.store.remove("events", `shop/${event.metadata.name}`)
  recorder.record(note("web", "again"))
  await clock.settle()
  recorder.record(note("web", "again"))
  await clock.settle()
  assert.equal(events().length, 1)
})

test("a first try that arrived although its answer was lost does not make two events", async () => {
  const { clock, recorder, events, api, dropped } = begin()
  const inner = api.transport.send
  let lost = false
  const flaky = {
    ...api.transport,
    send: async (wire: Parameters<typeof inner>[0]) => {
      const answer = await inner(wire)
      if (lost) return answer
      lost = true
      throw new NoAnswerError("reset after the write")
    },
  }
  const client = createClient({ transport: flaky, clock, userAgent: "test" })
  const second = createRecorder({
    client,
    clock,
    random: steadyRandom(),
    log: createLog({ level: "none", clock, write: () => undefined }, "test"),
    component: "metallb-speaker",
    instance: "n1",
    onDropped: () => assert.fail("dropped"),
  })
  second.record(note("web", "hello"))
  await clock.advance(5_000)
  assert.equal(events().length, 1)
  recorder.stop()
  assert.equal(dropped(), 0)
})

test("an outage of minutes loses no event and is told in one line", async () => {
  const { clock, recorder, events, api, lines, dropped } = begin()
  api.down()
  for (let i = 0; i < 100; i++) recorder.record(note(`s${i}`, "hello"))
  await clock.advance(300_000)
  api.up()
  await clock.advance(60_000)
  assert.equal(events().length, 100)
  assert.equal(dropped(), 0)
  assert.equal(lines.length, 1)
})
