import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"

const main = join(import.meta.dirname, "../../../agent/main.ts")

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
  })
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", chunk => (output.stdout += String(chunk)))
  child.stderr.on("data", chunk => (output.stderr += String(chunk)))
  return { child, output, ended: ended(child) }
}

const ended = async (child: ChildProcess) => {
  const [code] = (await once(child, "close")) as [number | null]
  return code
}

test("a wrong flag ends with 2 and one sentence that names the nearest, without a stack", async () => {
  const { output, ended } = run(["--mode=controller", "--kubeconfg=x"])
  assert.equal(await ended, 2)
  assert.equal(
    output.stderr,
    "error: unknown flag --kubeconfg; did you mean --kubeconfig?\nSee '--help' for flags and examples.\n",
  )
})

test("no way to the cluster ends with 1 and one sentence", async () => {
  const { output, ended } = run(["--mode=controller"])
  assert.equal(await ended, 1)
  assert.equal(output.stderr, "error: kubeconfig /nonexistent/.kube/config: no such file\n")
})

test("help and version are printed", async () => {
  const help = run(["--help"])
  const version = run(["--version"])
  assert.equal(await help.ended, 0)
  assert.match(help.output.stdout, /Examples:[\s\S]*--mode=speaker/)
  assert.equal(await version.ended, 0)
  assert.match(version.output.stdout, /^v\d+\.\d+\.\d+\n$/)
})

/** Waits for words on stdout; fails with all that was said when the process ends without them, or after 20 s. */
const said = async (
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
  words: string,
) => {
  const deadline = AbortSignal.timeout(20_000)
  while (!output.stdout.includes(words)) {
    const more = once(child.stdout ?? assert.fail("no stdout"), "data", { signal: deadline })
    const over = once(child, "close", { signal: deadline }).then(() => "over")
    const first = await Promise.race([more, over])
    assert.notEqual(first, "over", `ended without "${words}":\n${output.stdout}${output.stderr}`)
  }
}

/** Collections that are empty and never change. */
const emptyCluster = async (t: TestContext) => {
  const server = createServer((request, response) => {
    if (request.url?.includes("watch=1")) response.write("\n")
    else response.end('{"metadata":{"resourceVersion":"1"},"items":[]}')
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const folder = mkdtempSync(join(tmpdir(), "agent-"))
  t.after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  const kubeconfig = join(folder, "config")
  const { port } = server.address() as AddressInfo
  const cluster = `{name: c, cluster: {server: "http://127.0.0.1:${port}"}}`
  writeFileSync(
    kubeconfig,
    `current-context: c\nclusters: [${cluster}]\ncontexts: [{name: c, context: {cluster: c}}]\n`,
  )
  return kubeconfig
}

test("a controller run by hand says when it is ready, serves probes, and ends within 2 s of SIGTERM with 0", async t => {
  const kubeconfig = await emptyCluster(t)
  const { child, output, ended } = run(
    ["--mode=controller", "--leader-elect=false", "--port=0", "--health-probe-port=0"],
    {
      KUBECONFIG: kubeconfig,
    },
  )
  t.after(() => child.kill("SIGKILL"))
  await said(child, output, "all inputs read")
  const began = Date.now()
  child.kill("SIGTERM")
  assert.equal(await ended, 0)
  assert.ok(Date.now() - began < 2_000)
  assert.match(output.stdout, /"msg":"stopped"/)
  for (const line of output.stdout.trim().split("\n")) {
    const keys = Object.keys(JSON.parse(line) as object)
    assert.deepEqual(keys, [...keys].sort())
    for (const key of ["caller", "level", "msg", "ts"]) assert.ok(keys.includes(key), line)
  }
})

const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

test("the requests that a program sends to the API server are counted by verb and code in its metrics", async t => {
  const kubeconfig = await emptyCluster(t)
  const port = await freePort()
  const { child, output } = run(
    ["--mode=controller", "--leader-elect=false", "--metrics-plain", `--port=${port}`, "--health-probe-port=0"],
    { KUBECONFIG: kubeconfig },
  )
  t.after(() => child.kill("SIGKILL"))
  await said(child, output, "all inputs read")
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  const text = await response.text()
  const lists = /^metallb_api_requests_total\{code="200",verb="list"\} (\d+)$/m.exec(text)?.[1]
  assert.ok(Number(lists) >= 7, `${lists} lists`)
})

/** [what happens inside the agent, JavaScript that does it at SIGUSR2]. */
const bugs = [
  ["an invariant that does not hold", 'throw new Error("the counters are negative")'],
  ["a rejection that nobody handles", 'void Promise.reject(new Error("the counters are negative"))'],
] as const

for (const [what, script] of bugs) {
  test(`a bug, ${what}, ends the agent with 70 and one line of the log to report`, async t => {
    const kubeconfig = await emptyCluster(t)
    const broken = `data:text/javascript,${encodeURIComponent(`process.on("SIGUSR2", () => { ${script} })`)}`
    const { child, output, ended } = run(
      ["--mode=controller", "--leader-elect=false", "--port=0", "--health-probe-port=0"],
      { KUBECONFIG: kubeconfig, NODE_OPTIONS: `--import=${broken}` },
    )
    t.after(() => child.kill("SIGKILL"))
    await said(child, output, "all inputs read")
    child.kill("SIGUSR2")
    assert.equal(await ended, 70)
    const [line, ...others] = output.stdout.split("\n").filter(each => each.includes('"level":"error"'))
    assert.deepEqual(others, [])
    const told = JSON.parse(line ?? "{}") as Readonly<Record<string, string>>
    assert.equal(told["msg"], "a bug ended the agent; please report this line")
    assert.match(told["stack"] ?? "", /the counters are negative[\s\S]* at /)
    assert.match(told["version"] ?? "", /^\d+\.\d+\.\d+/)
    assert.equal(told["mode"], "controller")
    assert.doesNotMatch(output.stderr, /counters/)
  })
}
