import assert from "node:assert/strict"
import { createServer, type Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { Refusal, Unreachable } from "../../../plugin/cluster/api.ts"
import { execute } from "../../../plugin/cluster/exec.ts"
import { createMessageReader } from "../../../plugin/cluster/web-socket.ts"

/** One unmasked frame, as servers send them. */
const frame = (opcode: number, payload: Buffer, last = true): Buffer => {
  const length = payload.length
  const head = Buffer.alloc(length > 65_535 ? 10 : length > 125 ? 4 : 2)
  head[0] = (last ? 0x80 : 0) | opcode
  head[1] = length > 65_535 ? 127 : length > 125 ? 126 : length
  if (length > 65_535) head.writeBigUInt64BE(BigInt(length), 2)
  else if (length > 125) head.writeUInt16BE(length, 2)
  return Buffer.concat([head, payload])
}
const binary = (channel: number, text: string) => frame(2, Buffer.concat([Buffer.from([channel]), Buffer.from(text)]))
const success = binary(3, '{"status":"Success"}')

const listen = async (t: TestContext, server: Server): Promise<URL> => {
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

/** A server that switches protocols and sends this; `asked` gets the path and the headers. */
const serving = (t: TestContext, sent: Buffer, asked: (path: string, protocols: string) => void = () => undefined) => {
  const server = createServer()
  server.on("upgrade", (request, socket: Socket) => {
    asked(request.url ?? "", String(request.headers["sec-websocket-protocol"]))
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    socket.end(sent)
  })
  return listen(t, server)
}

const run = (base: URL, timeoutMs = 5_000) =>
  execute(
    base,
    { namespace: "metallb-system", pod: "speaker-a", container: "speaker", command: ["node", "--query=owners x"] },
    {},
    { timeoutMs, interrupted: new AbortController().signal },
  )

test("what the command writes is put together from whatever frames it comes in", async t => {
  const long = "x".repeat(70_000)
  const halves = [frame(2, Buffer.from("\u0001ab"), false), frame(0, Buffer.from("cd"))]
  const sent = Buffer.concat([...halves, frame(9, Buffer.from("ping")), binary(2, "careful"), binary(1, long), success])
  let path = ""
  const base = await serving(t, sent, (asked, protocols) => {
    path = asked
    assert.match(protocols, /v4\.channel\.k8s\.io/)
  })
  assert.deepEqual(await run(base), { out: `abcd${long}`, err: "careful", failure: undefined })
  const command = "command=node&command=--query%3Downers+x"
  assert.equal(
    path,
    `/api/v1/namespaces/metallb-system/pods/speaker-a/exec?container=speaker&stdout=true&stderr=true&${command}`,
  )
})

test("a command that failed says so in the server's words", async t => {
  const status = '{"status":"Failure","message":"command terminated with non-zero exit code"}'
  const base = await serving(t, Buffer.concat([binary(2, "error: no"), binary(3, status), frame(8, Buffer.alloc(0))]))
  const reply = await run(base)
  assert.deepEqual([reply.err, reply.failure], ["error: no", "command terminated with non-zero exit code"])
})

test("a connection that ends without a word of success is no success", async t => {
  assert.equal((await run(await serving(t, binary(1, "half")))).failure, "it did not end")
})

test("a refusal is the server's, with its reason", async t => {
  const server = createServer((_, response) => {
    response.writeHead(403, { "Content-Type": "application/json" })
    response.end('{"reason":"Forbidden","message":"pods is forbidden"}')
  })
  await assert.rejects(run(await listen(t, server)), (error: unknown) => {
    assert.ok(error instanceof Refusal)
    assert.deepEqual([error.status, error.reason, error.message], [403, "Forbidden", "pods is forbidden"])
    return true
  })
})

test("a server that nobody reaches, and one that says nothing, are unreachable", async t => {
  const server = createServer()
  server.on("upgrade", () => undefined)
  await assert.rejects(run(await listen(t, server), 50), Unreachable)
  await assert.rejects(run(new URL("http://127.0.0.1:1/")), Unreachable)
})

test("frames that are too long or masked are refused before they are kept", () => {
  assert.throws(() => createMessageReader(100)(frame(2, Buffer.alloc(101))), /longer than 100 bytes/)
  assert.throws(() => createMessageReader(100)(Buffer.from([0x82, 0x81, 0, 0])), /masked/)
  const read = createMessageReader(100)
  read(frame(2, Buffer.alloc(60), false))
  assert.throws(() => read(frame(0, Buffer.alloc(60))), /longer than 100 bytes/)
})
