import assert from "node:assert/strict"
import { test } from "node:test"
import type { Decoded } from "../../../agent/core/kube/decoded.ts"
import { createClient } from "../../../agent/ports/kube/client.ts"
import { createReflector, type Reflector } from "../../../agent/ports/kube/reflector.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { FakeApi } from "./fake-api.ts"
import { steadyRandom, virtualClock } from "./virtual-clock.ts"

type Thing = { readonly name: string; readonly color: string }

const decodeThing = (raw: unknown): Decoded<Thing> => {
  const { metadata, color } = raw as { metadata: { name: string }; color: unknown }
  if (typeof color === "string") return { ok: true, value: { name: metadata.name, color } }
  const problem = {
    severity: "error",
    reason: "ML201",
    object: "thing",
    field: "color",
    message: "no color",
    facts: {},
  } as const
  return { ok: false, problem }
}

const begin = (query: Record<string, string> = {}) => {
  const clock = virtualClock()
  const api = new FakeApi(clock)
  const lines: string[] = []
  const log = createLog({ level: "debug", clock, write: line => void lines.push(line) }, "test")
  const client = createClient({ transport: api.transport, clock, userAgent: "test" })
  const batches: (readonly string[])[] = []
  const control = new AbortController()
  const source = { what: "things", path: "/api/v1/things", query, decode: decodeThing }
  const edges = { client, clock, random: steadyRandom(), log }
  const reflector = createReflector(source, edges, keys => void batches.push([...keys]))
  const put = (name: string, color: unknown = "red", labels: Record<string, string> = {}) =>
    api.store.put("things", { metadata: { name, namespace: "a", labels }, color } as never)
  const start = async () => {
    const done = reflector.run(control.signal)
    await clock.settle()
    return done
  }
  return { clock, api, reflector, batches, lines, control, put, running: () => void start() }
}

const colors = (reflector: Reflector<Thing>) =>
  [...reflector.values()].map(thing => `${thing.name}=${thing.color}`).sort()

test("a collection larger than a page is read page by page and handed over as one batch", async () => {
  const { api, clock, reflector, batches, put, running } = begin()
  for (let i = 0; i < 1200; i++) put(`t${i}`)
  running()
  await clock.until("synced", () => reflector.state().synced)
  await clock.settle()
  assert.equal(reflector.size(), 1200)
  assert.equal(batches.length, 1)
  assert.equal(batches[0]?.length, 1200)
  assert.equal(api.requests.filter(request => request.query.has("limit")).length, 3)
})

test("an empty collection still reports its first sync", async () => {
  const { clock, reflector, batches, running } = begin()
  assert.equal(reflector.state().synced, false)
  running()
  await clock.until("synced", () => reflector.state().synced)
  await clock.settle()
  assert.deepEqual(batches, [[]])
  assert.equal(reflector.state().staleSince, undefined)
})

test("changes arrive by the watch, those of one chunk together", async () => {
  const { clock, reflector, batches, put, api, running } = begin()
  put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  put("two")
  put("one", "blue")
  api.store.remove("things", "a/one")
  await clock.settle()
  assert.deepEqual(colors(reflector), ["two=red"])
  assert.deepEqual(batches, [["a/one"], ["a/two", "a/one"]])
})

for (const fault of [{ status: 500 }, { status: 429, retryAfter: 1 }, "reset", "garbage", "silence"] as const)
  test(`a list that fails with ${JSON.stringify(fault)} three times is tried until it succeeds`, async () => {
    const { clock, reflector, api, put, running } = begin()
    put("one")
    api.fail(fault, request => !request.watch, 3)
    running()
    await clock.until("the first failure is told", () => reflector.state().lastError !== undefined)
    assert.equal(reflector.state().synced, false)
    await clock.until("synced", () => reflector.state().synced, 200_000)
    await clock.until("watching", () => api.openWatches === 1)
    assert.deepEqual(colors(reflector), ["one=red"])
    assert.equal(reflector.state().lastError, undefined)
  })

for (const how of ["end", "reset", "garbage", 410, 500] as const)
  test(`a watch that breaks by ${how} is resumed and nothing that changed meanwhile is missed`, async () => {
    const { clock, reflector, api, put, running } = begin()
    put("one")
    put("two")
    running()
    await clock.until("watching", () => api.openWatches === 1)
    await clock.advance(10_000)
    api.fail({ status: 500 }, request => request.watch, 1)
    api.breakWatches(how)
    put("three")
    api.store.remove("things", "a/one")
    await clock.until("caught up", () => reflector.size() === 2 && reflector.get("a/three") !== undefined)
    assert.deepEqual(colors(reflector), ["three=red", "two=red"])
    await clock.until("following", () => reflector.state().lastError === undefined)
  })

test("a version that is too old leads to a new list that finds what was deleted", async () => {
  const { clock, reflector, api, put, running, batches } = begin()
  put("one")
  put("two")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  api.down()
  await clock.advance(1_000)
  api.store.remove("things", "a/one")
  put("three")
  api.store.compacted = api.store.revision
  api.up()
  await clock.until("caught up", () => reflector.get("a/one") === undefined)
  assert.deepEqual(colors(reflector), ["three=red", "two=red"])
  assert.deepEqual(new Set(batches.at(-1)), new Set(["a/one", "a/three"]))
})

test("a continue token that expires begins the list anew", async () => {
  const { clock, reflector, api, put, running } = begin()
  api.pageSize = 2
  api.expireTokens = 1
  for (let i = 0; i < 5; i++) put(`t${i}`)
  running()
  await clock.until("synced", () => reflector.state().synced)
  assert.equal(reflector.size(), 5)
})

test("an outage keeps the contents, says since when they are stale, and attempts come at most every 5 s", async () => {
  const { clock, reflector, api, put, running } = begin()
  put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  await clock.advance(20_000)
  api.down()
  await clock.advance(60_000)
  assert.deepEqual(colors(reflector), ["one=red"])
  assert.equal(reflector.state().synced, true)
  assert.equal(reflector.state().staleSince, 20_000)
  const before = api.requests.length
  await clock.advance(60_000)
  const attempts = api.requests.length - before
  assert.ok(attempts >= 12 && attempts <= 24, `attempts in a minute: ${attempts}`)
  api.up()
  await clock.until("following", () => reflector.state().lastError === undefined, 5_000)
})

test("a storm of 410 answers is met with growing waits, not with a list after each", async () => {
  const { clock, reflector, api, put, running } = begin()
  put("one")
  api.fail({ status: 410 }, request => request.watch, 1000)
  running()
  await clock.advance(60_000)
  const lists = api.requests.filter(request => !request.watch).length
  assert.ok(lists <= 30, `lists in a minute: ${lists}`)
  assert.equal(reflector.size(), 1)
})

test("an unchanged object after a new list is no change", async () => {
  const { clock, api, put, running, batches } = begin()
  put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  api.breakWatches(410)
  await clock.until("listed again", () => api.requests.filter(request => !request.watch).length === 2)
  await clock.advance(1_000)
  assert.deepEqual(batches, [["a/one"]])
})

test("bookmarks move the version on, so that a quiet collection resumes without a new list", async () => {
  const { clock, api, put, running, reflector } = begin()
  put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  for (let i = 0; i < 50; i++) api.store.put("others", { metadata: { name: `o${i}` } })
  api.bookmark()
  await clock.settle()
  api.store.compacted = api.store.revision
  await clock.advance(10_000)
  api.breakWatches("end")
  await clock.until("watching again", () => api.openWatches === 1)
  assert.equal(api.requests.filter(request => !request.watch).length, 1)
  put("two")
  await clock.settle()
  assert.equal(reflector.size(), 2)
})

test("a kind that is not installed becomes known as such only after 5 s, and is found when it appears", async () => {
  const { clock, api, put, running, reflector } = begin()
  api.unknown.add("things")
  running()
  await clock.advance(4_000)
  assert.equal(reflector.state().synced, false)
  await clock.until("given up", () => reflector.state().synced)
  assert.equal(reflector.state().installed, false)
  assert.match(reflector.state().lastError ?? "", /404/)
  api.unknown.delete("things")
  put("one")
  await clock.until("found", () => reflector.size() === 1, 11_000)
  assert.equal(reflector.state().installed, true)
})

test("a kind that vanishes for a while keeps its contents", async () => {
  const { clock, api, put, running, reflector } = begin()
  put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  api.unknown.add("things")
  api.breakWatches("reset")
  await clock.advance(60_000)
  assert.deepEqual(colors(reflector), ["one=red"])
  assert.notEqual(reflector.state().staleSince, undefined)
})

test("an object that cannot be understood keeps its last known version and is told", async () => {
  const { clock, api, put, running, reflector, lines } = begin()
  put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  put("one", 7)
  put("two")
  await clock.settle()
  assert.deepEqual(colors(reflector), ["one=red", "two=red"])
  assert.ok(lines.some(line => line.includes("object not understood")))
  assert.equal(api.openWatches, 1)
})

test("the answer of an own write is known at once and its echo is no change", async () => {
  const { clock, api, put, running, reflector, batches } = begin()
  const first = put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  const written = put("one", "blue")
  reflector.learn(written, first.metadata.resourceVersion)
  assert.deepEqual(colors(reflector), ["one=blue"])
  await clock.settle()
  assert.deepEqual(batches, [["a/one"]])
})

test("the answer of an own write that is based on an older version is not taken over", async () => {
  const { clock, api, put, running, reflector } = begin()
  const first = put("one")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  const written = put("one", "blue")
  put("one", "green")
  await clock.settle()
  reflector.learn(written, first.metadata.resourceVersion)
  assert.deepEqual(colors(reflector), ["one=green"])
})

test("a server that forgets to end a watch is left after its time", async () => {
  const { clock, api, running } = begin()
  api.endsWatches = false
  running()
  await clock.until("watching", () => api.openWatches === 1)
  const asked = Number(api.requests.find(request => request.watch)?.query.get("timeoutSeconds"))
  assert.ok(asked >= 240 && asked < 480)
  await clock.advance(500_000)
  assert.equal(api.openWatches, 1)
  assert.equal(api.requests.filter(request => request.watch).length >= 2, true)
})

test("selectors are passed on, and stopping ends the watch and leaves no timer", async () => {
  const { clock, api, put, running, reflector, control } = begin({ labelSelector: "app=x" })
  put("one", "red", { app: "x" })
  put("two")
  running()
  await clock.until("watching", () => api.openWatches === 1)
  assert.deepEqual(colors(reflector), ["one=red"])
  control.abort()
  await clock.settle()
  assert.equal(api.openWatches, 0)
  assert.equal(clock.timers(), 0)
})
