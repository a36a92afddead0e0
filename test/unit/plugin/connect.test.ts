import assert from "node:assert/strict"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, it } from "node:test"
import { Interrupted } from "../../../plugin/cli/failure.ts"
import { Unreachable } from "../../../plugin/cluster/api.ts"
import { connect } from "../../../plugin/cluster/connect.ts"
import type { ConnectWishes } from "../../../plugin/world.ts"

/** An API server on the loopback that answers with what it was asked. */
describe("connection to the API server", () => {
  const folder = mkdtempSync(join(tmpdir(), "connect-test-"))
  const kubeconfig = join(folder, "config")
  const seen: {
    readonly method: string
    readonly url: string
    readonly headers: IncomingMessage["headers"]
    readonly body: string
  }[] = []
  let server: Server
  let sockets = 0
  let url = ""

  before(async () => {
    server = createServer((request, response) => {
      let body = ""
      request.on("data", chunk => {
        body += String(chunk)
      })
      request.on("end", () => {
        seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body })
        if (request.url === "/slow") return
        response.setHeader("Warning", '299 - "v1beta1 is \\"old\\""')
        if (request.url === "/page") response.end("<html>proxy</html>")
        else response.end('{"kind":"Thing","unknownField":[1,{"deep":true}]}')
      })
    })
    server.on("connection", () => {
      sockets += 1
    })
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    writeFileSync(kubeconfig, configText(url, folder))
    writeFileSync(
      join(folder, "login"),
      '#!/bin/sh\necho \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}\'\n',
    )
    chmodSync(join(folder, "login"), 0o755)
  })

  after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const wishes = (change: Partial<ConnectWishes> = {}): ConnectWishes => ({
    kubeconfig,
    context: undefined,
    cluster: undefined,
    user: undefined,
    as: undefined,
    asGroups: [],
    requestTimeoutMs: 5000,
    log: undefined,
    warn: () => undefined,
    ...change,
  })
  const never = new AbortController().signal

  it("keeps unknown fields, and one connection for all requests", async () => {
    const { api, context, namespace } = await connect(wishes(), never)
    const began = sockets
    for (let round = 0; round < 20; round++) {
      const reply = await api.send({ method: "GET", path: "/thing" })
      assert.deepEqual(reply.body, { kind: "Thing", unknownField: [1, { deep: true }] })
    }
    api.close()
    assert.equal(sockets - began, 1)
    assert.deepEqual([context, namespace], ["one", "shop"])
  })

  it("sends body, content type, query, impersonation, and hands warnings and the log on", async () => {
    const warnings: string[] = []
    const lines: string[] = []
    const { api } = await connect(
      wishes({ as: "eve", asGroups: ["ops", "dev"], warn: text => warnings.push(text), log: line => lines.push(line) }),
      never,
    )
    await api.send({
      method: "PATCH",
      path: "/apis/x",
      query: { fieldManager: "m", force: "true", empty: undefined },
      body: { a: 1 },
      contentType: "application/apply-patch+yaml",
    })
    api.close()
    const { method, url: path, headers, body } = seen.at(-1) ?? assert.fail("nothing was sent")
    assert.deepEqual([method, path, body], ["PATCH", "/apis/x?fieldManager=m&force=true", '{"a":1}'])
    assert.equal(headers["content-type"], "application/apply-patch+yaml")
    assert.equal(headers["impersonate-user"], "eve")
    assert.equal(headers["impersonate-group"], "ops, dev")
    assert.deepEqual(warnings, ['v1beta1 is "old"'])
    assert.match(
      lines[0] ?? "",
      /^PATCH http:\/\/127\.0\.0\.1:\d+\/apis\/x\?fieldManager=m&force=true 200 in \d+ milliseconds$/,
    )
  })

  it("an answer that is no JSON is kept as text", async () => {
    const { api } = await connect(wishes(), never)
    assert.equal((await api.send({ method: "GET", path: "/page" })).body, "<html>proxy</html>")
    api.close()
  })

  it("logs in with a token, and through an exec plugin", async () => {
    for (const [context, header] of [
      ["one", "Bearer secret"],
      ["plugin", "Bearer from-plugin"],
    ] as const) {
      const { api } = await connect(wishes({ context }), never)
      await api.send({ method: "GET", path: "/thing" })
      api.close()
      assert.equal(seen.at(-1)?.headers.authorization, header)
    }
  })

  it("a server that does not answer in time, or is not there, is unreachable in kubectl's words", async () => {
    const slow = await connect(wishes({ requestTimeoutMs: 50 }), never)
    await assert.rejects(slow.api.send({ method: "GET", path: "/slow" }), (error: unknown) => {
      assert.ok(error instanceof Unreachable)
      assert.match(error.message, /no answer within 0\.05s \(--request-timeout\)/)
      return true
    })
    slow.api.close()
    const gone = await connect(wishes({ context: "gone" }), never)
    await assert.rejects(
      gone.api.send({ method: "GET", path: "/thing" }),
      /was refused - did you specify the right host/,
    )
    gone.api.close()
  })

  it("Ctrl-C ends a request that is on its way", async () => {
    const controller = new AbortController()
    const { api } = await connect(wishes(), controller.signal)
    const request = api.send({ method: "GET", path: "/slow" })
    setImmediate(() => controller.abort())
    await assert.rejects(request, Interrupted)
    api.close()
  })

  it("a context, cluster or user that the kubeconfig does not have is named with the nearest one", async () => {
    await assert.rejects(connect(wishes({ context: "onee" }), never), /context "onee" does not exist/)
    await assert.rejects(connect(wishes({ user: "nobody" }), never), /user "nobody" does not exist/)
    await assert.rejects(connect(wishes({ kubeconfig: join(folder, "none") }), never), /cannot read the kubeconfig/)
  })

  it("--cluster and --user go together with the context's namespace", async () => {
    const { server: chosen, namespace } = await connect(wishes({ cluster: "elsewhere", user: "token" }), never)
    assert.deepEqual([chosen, namespace], ["http://127.0.0.1:1", "shop"])
  })
})

const configText = (server: string, folder: string): string => `apiVersion: v1
kind: Config
current-context: one
clusters:
- name: here
  cluster: { server: "${server}", insecure-skip-tls-verify: true }
- name: elsewhere
  cluster: { server: "http://127.0.0.1:1", insecure-skip-tls-verify: true }
users:
- name: token
  user: { token: secret }
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ${folder}/login
      provideClusterInfo: true
contexts:
- name: one
  context: { cluster: here, user: token, namespace: shop }
- name: plugin
  context: { cluster: here, user: plugin }
- name: gone
  context: { cluster: elsewhere, user: token }
`
