import assert from "node:assert/strict"
import { test } from "node:test"
import { ApiError, GarbledAnswerError, NoAnswerError } from "../../../agent/ports/kube/api-error.ts"
import { createClient, type Sent, sendPatiently } from "../../../agent/ports/kube/client.ts"
import { linesOf } from "../../../agent/ports/kube/lines.ts"
import { FakeApi } from "./fake-api.ts"
import { steadyRandom, virtualClock } from "./virtual-clock.ts"

const begin = () => {
  const clock = virtualClock()
  const api = new FakeApi(clock)
  const sent: Sent[] = []
  const client = createClient({
    transport: api.transport,
    clock,
    userAgent: "test",
    onSent: one => void sent.push(one),
  })
  const get = { method: "GET", path: "/api/v1/things" } as const
  return { clock, api, client, sent, get, random: steadyRandom() }
}

test("a refusal carries status, reason, message and the wait that was asked for", async () => {
  const { api, client, get } = begin()
  api.fail({ status: 429, reason: "TooManyRequests", retryAfter: 3 })
  await assert.rejects(client.send(get), (error: unknown) => {
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.reason, error.retryAfter], [429, "TooManyRequests", 3_000])
    assert.match(error.message, /GET \/api\/v1\/things: fault 429/)
    return true
  })
})

test("an answer that is no JSON, and a connection that is reset, are told apart", async () => {
  const { api, client, get } = begin()
  api.fail("garbage")
  await assert.rejects(client.send(get), GarbledAnswerError)
  api.fail("reset")
  await assert.rejects(client.send(get), NoAnswerError)
})

test("a server that says nothing is left after 10 s", async () => {
  const { api, client, get, clock } = begin()
  api.fail("silence")
  const failed = assert.rejects(client.send(get), /no answer within 10000 ms/)
  await clock.advance(9_999)
  assert.equal(clock.timers(), 1)
  await clock.advance(1)
  await failed
})

test("every exchange is counted by verb and status", async () => {
  const { api, client, get, sent } = begin()
  await client.send(get)
  api.fail("reset")
  await assert.rejects(client.send(get))
  assert.deepEqual(sent, [
    { verb: "get", status: 200 },
    { verb: "get", status: "none" },
  ])
})

for (const fault of [{ status: 500 }, { status: 503 }, "reset", "garbage"] as const)
  test(`a patient request outlives ${JSON.stringify(fault)} three times and not four`, async () => {
    const { api, client, get, clock, random } = begin()
    api.fail(fault, () => true, 3)
    const first = sendPatiently(client, get, { clock, random })
    await clock.advance(1_000)
    await first
    api.fail(fault, () => true, 4)
    const failed = assert.rejects(sendPatiently(client, get, { clock, random }))
    await clock.advance(1_000)
    await failed
    assert.equal(api.requests.length, 8)
  })

test("a patient request waits as long as the server asks", async () => {
  const { api, client, get, clock, random } = begin()
  api.fail({ status: 429, retryAfter: 20 })
  const done = sendPatiently(client, get, { clock, random })
  await clock.advance(19_999)
  assert.equal(api.requests.length, 1)
  await clock.advance(1)
  await done
  assert.equal(api.requests.length, 2)
})

for (const status of [400, 403, 404, 409, 422])
  test(`${status} is an answer, not a failure to try again`, async () => {
    const { api, client, get, clock, random } = begin()
    api.fail({ status })
    await assert.rejects(sendPatiently(client, get, { clock, random }), { status })
    assert.equal(api.requests.length, 1)
  })

const bytes = async function* (...chunks: readonly string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk, "latin1")
}

test("lines are cut wherever the chunks end, also inside a character, and come together as they arrived", async () => {
  const smile = Buffer.from("☺").toString("latin1")
  const seen: (readonly string[])[] = []
  for await (const lines of linesOf(bytes("a\nb\nc", "d\n\n", smile.slice(0, 1), `${smile.slice(1)}\nrest`), 100))
    seen.push(lines)
  assert.deepEqual(seen, [["a", "b"], ["cd"], ["☺"]])
})

test("a line without an end is given up at its bound", async () => {
  await assert.rejects(async () => {
    for await (const _ of linesOf(bytes("x".repeat(60), "x".repeat(60)), 100));
  }, GarbledAnswerError)
})
