import assert from "node:assert/strict"
import { test } from "node:test"
import { rest, serviceWrites, start } from "./controlling.ts"
import { collections, world } from "./harness.ts"

test("a restart changes nothing and writes no service", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const first = start(cluster)
  for (let i = 0; i < 50; i++) cluster.service(`s${i}`)
  await rest(cluster)
  const before = cluster.api.store.list(collections.services).map(({ metadata }) => metadata.resourceVersion)
  await first.running.stop()
  const writes = serviceWrites(cluster).length
  assert.equal(writes, 50)
  start(cluster)
  await rest(cluster)
  cluster.service("late")
  await rest(cluster)
  assert.equal(serviceWrites(cluster).length, writes + 1)
  assert.deepEqual(cluster.ingressOf("late"), ["192.0.2.50"])
  const after = cluster.api.store.list(collections.services).map(({ metadata }) => metadata.resourceVersion)
  assert.deepEqual(after.filter(version => before.includes(version)).length, 50)
})

test("a service that somebody else changes at the same moment is judged anew and nothing of theirs is lost", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  start(cluster)
  await rest(cluster)
  cluster.api.fail(
    { delay: 50 },
    request => request.method === "PATCH" && request.path.endsWith("/services/web/status"),
  )
  cluster.service("web")
  await cluster.clock.settle()
  cluster.service("web", { metadata: { labels: { edited: "yes" } }, spec: { loadBalancerIP: "192.0.2.12" } })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.12"])
  const stored = cluster.api.store.get(collections.services, "default/web")
  assert.deepEqual(stored?.metadata["labels"], { edited: "yes" })
  assert.equal(cluster.api.requests.filter(({ path }) => path.endsWith("/services/web/status")).length, 2)
})

for (const fault of [{ status: 500 }, { status: 429, retryAfter: 1 }, "reset", "silence"] as const)
  test(`a write that meets ${JSON.stringify(fault)} six times is done in the end, once`, async () => {
    const cluster = world()
    cluster.pool("public", ["192.0.2.11/32"])
    start(cluster)
    await rest(cluster)
    cluster.api.fail(fault, request => request.method === "PATCH" && request.path.endsWith("/services/web/status"), 6)
    cluster.service("web")
    await cluster.clock.until("assigned", () => cluster.ingressOf("web").length === 1, 200_000)
    await rest(cluster)
    assert.deepEqual(cluster.events(), ['Service/web IPAllocated: 192.0.2.11 from pool "public" [ML100]'])
  })

test("nothing is cleared while one of the inputs was never read", async () => {
  for (const unread of [collections.pools, collections.services, collections.namespaces, collections.configMaps]) {
    const cluster = world()
    cluster.pool("public", ["192.0.2.0/24"])
    cluster.service("held", {
      metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "gone" } },
      status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } },
    })
    cluster.service("new")
    const name = unread.split("/").at(-1) ?? ""
    cluster.api.fail({ status: 403 }, request => request.path.endsWith(`/${name}`), 1_000)
    const { running } = start(cluster)
    await cluster.clock.advance(120_000)
    assert.equal(cluster.api.writes().length, 0, unread)
    assert.equal(running.missing().length, 1, unread)
  }
})

test("a pool that is broken by an edit clears nothing, is told once as log, event and metric, and mends", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const { lines, metric } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  cluster.pool("public", ["192.0.2.0/33"])
  await cluster.clock.advance(60_000)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  assert.equal(metric("metallb_k8s_client_config_stale_bool"), "1")
  assert.equal(
    cluster.events().filter(event => event.startsWith("IPAddressPool/public ConfigurationProblem")).length,
    1,
  )
  assert.equal(lines.filter(line => line.includes("failed to parse the configuration")).length, 1)
  cluster.pool("public", ["192.0.2.0/25"])
  await rest(cluster)
  assert.equal(metric("metallb_k8s_client_config_stale_bool"), "0")
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
})

test("a broken pool clears nothing over a restart either", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const first = start(cluster)
  cluster.service("web")
  await rest(cluster)
  await first.running.stop()
  cluster.pool("public", ["nonsense"])
  start(cluster)
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  assert.equal(serviceWrites(cluster).length, 1)
})

test("an API server that goes away and comes back is no reason to change anything, and what came meanwhile is served", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  cluster.api.down()
  await cluster.clock.advance(60_000)
  cluster.service("late")
  cluster.api.up()
  await cluster.clock.until("served", () => cluster.ingressOf("late").length === 1, 10_000)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  assert.equal(serviceWrites(cluster).length, 2)
})

test("the same failure is one event, however often the service is looked at", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first")
  await rest(cluster)
  cluster.service("second")
  await rest(cluster)
  for (let i = 0; i < 20; i++) cluster.service("second", { metadata: { labels: { turn: String(i) } } })
  await cluster.clock.advance(3_600_000)
  assert.equal(cluster.events().filter(event => event.startsWith("Service/second")).length, 1)
})

test("who waits is told once, however often the pools change without room for it, and anew when it asks for something else", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/32"])
  start(cluster)
  cluster.service("first")
  await rest(cluster)
  const waiting = Array.from({ length: 30 }, (_, n) => `w${n}`)
  for (const name of waiting) cluster.service(name)
  await rest(cluster)
  const of = (name: string) => cluster.events().filter(event => event.startsWith(`Service/${name} `))
  for (let size = 1; size <= 10; size++) {
    cluster.pool("public", [`192.0.2.0-192.0.2.${size}`])
    await rest(cluster)
  }
  const left = waiting.filter(name => cluster.ingressOf(name).length === 0)
  assert.equal(left.length, 20)
  for (const name of left) assert.equal(of(name).length, 1, of(name).join("\n"))
  const [one = ""] = left
  for (const ip of ["192.0.2.1", "192.0.2.2"]) {
    cluster.service(one, { metadata: { annotations: { "metallb.io/loadBalancerIPs": ip } } })
    await rest(cluster)
    assert.match(of(one).at(-1) ?? "", new RegExp(`AllocationFailed: ${ip.replaceAll(".", "[.]")} `))
  }
  assert.equal(of(one).length, 3)
})
