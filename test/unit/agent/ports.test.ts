import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { health, heldHealth, metricsText, serve } from "../../../agent/ports/http.ts"
import { createLog, textOf } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { readExcluded } from "../../../agent/speaker/excluded-interfaces.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"

test("a log line is one JSON object with its keys in order, and levels below the one set are silent", () => {
  const lines: string[] = []
  const log = createLog({ level: "info", clock: virtualClock(), write: line => void lines.push(line) }, "controller")
  log.debug("hidden")
  log.from("controller/pools").warn("said", { service: "shop/web", ips: ["192.0.2.1"], pool: undefined, zone: 1 })
  assert.deepEqual(lines, [
    '{"caller":"controller/pools","ips":["192.0.2.1"],"level":"warn","msg":"said","service":"shop/web","ts":"2026-01-02T03:04:05.000Z","zone":1}\n',
  ])
})

test("level none says nothing and level all says everything", () => {
  for (const [level, count] of [
    ["none", 0],
    ["error", 1],
    ["all", 4],
  ] as const) {
    const lines: string[] = []
    const log = createLog({ level, clock: virtualClock(), write: line => void lines.push(line) }, "x")
    for (const say of [log.debug, log.info, log.warn, log.error]) say("line")
    assert.equal(lines.length, count, level)
  }
})

test("an error is told with its causes", () => {
  assert.equal(textOf(new Error("no answer", { cause: new Error("ECONNREFUSED") })), "no answer: ECONNREFUSED")
  assert.equal(textOf("thrown text"), "thrown text")
})

test("metrics are written in Prometheus' text format, sorted, with labels escaped", () => {
  const metrics = createMetrics()
  const requests = metrics.counter("b_total", "Requests\nof all kinds.")
  requests.add({ method: "GET", code: "200" })
  requests.add({ code: "200", method: "GET" }, 2)
  requests.add({ method: 'a"b\\c\nd' })
  metrics.gauge("a_gauge", "Large.").set(9223372036854775807n)
  metrics.watch("c_now", "Read when asked.", () => 7)
  assert.equal(
    metrics.text(),
    [
      "# HELP a_gauge Large.",
      "# TYPE a_gauge gauge",
      "a_gauge 9223372036854775807",
      "# HELP b_total Requests\\nof all kinds.",
      "# TYPE b_total counter",
      'b_total{code="200",method="GET"} 3',
      'b_total{method="a\\"b\\\\c\\nd"} 1',
      "# HELP c_now Read when asked.",
      "# TYPE c_now gauge",
      "c_now 7",
      "",
    ].join("\n"),
  )
})

test("a series that is removed is no longer shown, and the same family asked for twice is one", () => {
  const metrics = createMetrics()
  metrics.gauge("g", "G.").set(1, { pool: "a" })
  metrics.gauge("g", "G.").set(2, { pool: "b" })
  metrics.gauge("g", "G.").remove({ pool: "a" })
  assert.deepEqual(metrics.text().split("\n").slice(2), ['g{pool="b"} 2', ""])
})

test("probes and metrics are served, other paths and methods are refused", async t => {
  const missing = ["services not read yet"]
  const routes = { "/readyz": () => health(missing), "/metrics": () => metricsText("m 1\n") }
  const server = await serve(routes, 0, "127.0.0.1")
  t.after(server.stop)
  const get = (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  const unready = await get("/readyz")
  assert.deepEqual([unready.status, await unready.text()], [503, "services not read yet\n"])
  missing.pop()
  assert.equal((await get("/readyz?verbose")).status, 200)
  assert.match((await get("/metrics")).headers.get("content-type") ?? "", /version=0\.0\.4/)
  assert.equal((await get("/toString")).status, 404)
  assert.equal((await get("/metrics", "POST")).status, 405)
})

test("who asks whether all is ready waits for it, for 0.9 s at most", async () => {
  const clock = virtualClock()
  const missing = ["services not read yet"]
  const asked = heldHealth(clock, () => missing)
  clock.after(500, () => missing.pop())
  await clock.advance(520)
  assert.equal((await asked).status, 200)
  missing.push("again")
  let answered = 0
  const again = heldHealth(clock, () => missing).then(answer => {
    answered = clock.monotonic()
    return answer
  })
  const began = clock.monotonic()
  await clock.advance(2_000)
  assert.deepEqual([(await again).status, answered - began], [503, 900])
})

test("a port that is taken is an error with its code", async t => {
  const server = await serve({}, 0, "127.0.0.1")
  t.after(server.stop)
  await assert.rejects(serve({}, server.port, "127.0.0.1"), { code: "EADDRINUSE" })
})

test("without a file the usual virtual interfaces are excluded, with one exactly what it lists", async t => {
  const folder = mkdtempSync(join(tmpdir(), "exclude-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = (text: string) => {
    writeFileSync(join(folder, "l2.yaml"), text)
    return readExcluded(async () => parseYaml, join(folder, "l2.yaml"))
  }
  const usual = await readExcluded(async () => parseYaml, join(folder, "none.yaml"))
  const names = ["lo", "veth1a", "cni0", "docker0", "cali12", "flannel.1", "eth0", "br0", "bond0", "wlan0", "lo2"]
  assert.deepEqual(
    names.filter(name => !usual(name)),
    ["eth0", "br0", "bond0", "wlan0", "lo2"],
  )
  const own = await file('announcedInterfacesToExclude: ["^eth1$", "wlan"]\n')
  assert.deepEqual(["eth0", "eth1", "eth10", "mywlan0", "veth0"].map(own), [false, true, false, true, false])
  const none = await file("announcedInterfacesToExclude:\n")
  assert.equal(none("lo"), false)
  await assert.rejects(file("announcedInterfacesToExclude: ['(']\n"), /l2\.yaml: .*regular expression/)
  await assert.rejects(file("excluded: []\n"), /announcedInterfacesToExclude is missing/)
  await assert.rejects(file("a: [\n"), /l2\.yaml, line \d+/)
})
