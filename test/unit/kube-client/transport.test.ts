import assert from "node:assert/strict"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type TestContext, test } from "node:test"
import { realClock } from "../../../agent/ports/clock.ts"
import type { Access } from "../../../agent/ports/kube/access.ts"
import { NoAnswerError } from "../../../agent/ports/kube/api-error.ts"
import { createClient } from "../../../agent/ports/kube/client.ts"
import { createTransport } from "../../../agent/ports/kube/transport.ts"

/** A real socket on the loopback interface: what only sockets can show. */
const begin = async (t: TestContext, handle: (request: IncomingMessage, response: ServerResponse) => void) => {
  const server: Server = createServer(handle)
  let connections = 0
  server.on("connection", () => void connections++)
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  let token = "first"
  const access: Access = {
    server: new URL(`http://127.0.0.1:${port}/prefix/`),
    insecureSkipTlsVerify: false,
    tlsServerName: undefined,
    credentials: async () => ({ ca: undefined, cert: undefined, key: undefined, token }),
    refused: () => {
      token = "second"
    },
    origin: "test",
  }
  const transport = createTransport(access)
  t.after(() => {
    transport.close()
    server.closeAllConnections()
    server.close()
  })
  const client = createClient({ transport, clock: realClock, userAgent: "agent/1" })
  return { client, server, transport, connections: () => connections }
}

test("requests one after the other share one connection and carry token, agent and the server's path", async t => {
  const seen: string[] = []
  const { client, connections } = await begin(t, (request, response) => {
    seen.push([request.method, request.url, request.headers.authorization, request.headers["user-agent"]].join(" "))
    response.end("{}")
  })
  for (let i = 0; i < 20; i++) await client.send({ method: "GET", path: "/api/v1/nodes", query: { limit: "500" } })
  assert.equal(connections(), 1)
  assert.equal(seen[0], "GET /prefix/api/v1/nodes?limit=500 Bearer first agent/1")
})

test("several requests are under way at the same time", async t => {
  const waiting: ServerResponse[] = []
  const { client } = await begin(t, (_request, response) => {
    waiting.push(response)
    if (waiting.length === 16) for (const one of waiting) one.end("{}")
  })
  const all = Array.from({ length: 16 }, () => client.send({ method: "GET", path: "/x" }))
  assert.equal((await Promise.all(all)).length, 16)
})

test("a 401 makes the next request read its token again", async t => {
  const { client } = await begin(t, (request, response) => {
    response.statusCode = request.headers.authorization === "Bearer second" ? 200 : 401
    response.end("{}")
  })
  await assert.rejects(client.send({ method: "GET", path: "/x" }), { status: 401 })
  await client.send({ method: "GET", path: "/x" })
})

test("a body is sent as it is, so that large integers stay exact", async t => {
  const bodies: string[] = []
  const { client } = await begin(t, (request, response) => {
    request.on("data", chunk => bodies.push(String(chunk)))
    request.on("end", () => response.end("{}"))
  })
  await client.send({
    method: "PATCH",
    path: "/x",
    body: '{"free":9223372036854775807}',
    contentType: "application/merge-patch+json",
  })
  assert.deepEqual(bodies, ['{"free":9223372036854775807}'])
})

test("a connection that breaks in the middle of an answer is no answer", async t => {
  const { client } = await begin(t, (_request, response) => {
    response.write('{"items":[')
    setImmediate(() => response.destroy())
  })
  await assert.rejects(client.send({ method: "GET", path: "/x" }), NoAnswerError)
})

test("an answer is read in pieces, up to the length that its reader takes", async t => {
  const { transport } = await begin(t, (_request, response) => {
    response.write("grü")
    setImmediate(() => response.end("ße"))
  })
  const read = async (mostBytes: number) => {
    const { signal } = new AbortController()
    const wire = { method: "GET", path: "/x", headers: {}, body: undefined, signal }
    return (await transport.send(wire)).text(mostBytes)
  }
  assert.deepEqual([await read(7), await read(6), await read(7)], ["grüße", undefined, "grüße"])
})

test("whoever gives up before or during an answer gets none, and the connection is closed", async t => {
  const closed = Promise.withResolvers<void>()
  const { transport } = await begin(t, (_request, response) => {
    response.write("half")
    response.on("close", () => closed.resolve())
  })
  const early = AbortSignal.abort()
  const wire = { method: "GET", path: "/x", headers: {}, body: undefined }
  await assert.rejects(transport.send({ ...wire, signal: early }), NoAnswerError)
  const control = new AbortController()
  const answer = await transport.send({ ...wire, signal: control.signal })
  const text = answer.text(100)
  control.abort()
  await assert.rejects(text, NoAnswerError)
  await closed.promise
})

test("a watch hands over lines as they come and ends when its reader stops", async t => {
  const closed = Promise.withResolvers<void>()
  const { client } = await begin(t, (_request, response) => {
    response.write("one\ntwo\nthr")
    response.on("close", () => closed.resolve())
  })
  const control = new AbortController()
  const seen: string[] = []
  const lines = await client.stream({ method: "GET", path: "/w", signal: control.signal })
  await assert.rejects(async () => {
    for await (const batch of lines) {
      seen.push(...batch)
      control.abort()
    }
  }, NoAnswerError)
  assert.deepEqual(seen, ["one", "two"])
  await closed.promise
})

test("a server that is not there is no answer, and says which", async t => {
  const { client, server } = await begin(t, () => undefined)
  await new Promise<void>(resolve => void server.close(() => resolve()))
  await assert.rejects(client.send({ method: "GET", path: "/x" }), /no answer from 127\.0\.0\.1:\d+/)
})
