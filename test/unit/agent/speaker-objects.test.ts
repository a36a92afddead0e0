import assert from "node:assert/strict"
import { test } from "node:test"
import { collections, type World, world } from "./harness.ts"
import { assigned, burst, node, pod, standard, start } from "./speaking.ts"

const only = (name: string): World => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.l2Advertisement("all")
  node(cluster, name)
  pod(cluster, "speaker-1", name)
  return cluster
}

test("a node whose name is too long for a label has its ServiceL2Status all the same, without that label", async () => {
  const fits = `${"n".repeat(58)}.test`
  const long = `n${fits}`
  assert.deepEqual([fits.length, long.length], [63, 64])
  const service = { "metallb.io/service-name": "web", "metallb.io/service-namespace": "default" }
  for (const [name, labels] of [
    [fits, { ...service, "metallb.io/node": fits }],
    [long, service],
  ] as const) {
    const cluster = only(name)
    assigned(cluster, "web", "192.0.2.10")
    const { running } = start(cluster, name)
    await cluster.clock.advance(1_000)
    const statuses = () => cluster.api.store.list(collections.statuses)
    assert.deepEqual(
      statuses().map(({ metadata, status }) => [metadata["labels"], status]),
      [[labels, { node: name, serviceName: "web", serviceNamespace: "default", interfaces: [] }]],
    )
    cluster.api.store.remove(collections.services, "default/web")
    await cluster.clock.advance(1_000)
    assert.deepEqual(statuses(), [], "it is found again, and goes when the service does")
    await running.stop()
  }
})

test("a service that gets another address is announced at that one, and no longer at the old one", async () => {
  const cluster = only("node-1")
  assigned(cluster, "web", "192.0.2.10")
  const { host, metric, running } = start(cluster, "node-1")
  await cluster.clock.advance(6_000)
  host.taken()
  assigned(cluster, "web", "192.0.2.77")
  await cluster.clock.advance(50)
  assert.equal(host.ask(2, "192.0.2.10"), false)
  assert.equal(host.ask(2, "192.0.2.77"), true)
  await cluster.clock.advance(6_000)
  assert.ok(host.taken().every(frame => !frame.includes(" 192.0.2.10 ")))
  const series = (ip: string) =>
    metric(`metallb_speaker_announced{ip="${ip}",node="node-1",protocol="layer2",service="default/web"}`)
  assert.deepEqual([series("192.0.2.10"), series("192.0.2.77")], [undefined, "1"])
  await running.stop()
})

test("a configuration that says the same again is no news: nothing is sent, told or written", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host, running } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  assert.deepEqual(host.taken().slice(0, 2), burst("192.0.2.10"))
  const before = [cluster.events(), cluster.api.writes().length]
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.l2Advertisement("all")
  await cluster.clock.advance(10_000)
  assert.deepEqual(host.taken(), [])
  assert.deepEqual([cluster.events(), cluster.api.writes().length], before)
  await running.stop()
})

test("EndpointSlices are read, and Endpoints are not asked for", async () => {
  const cluster = standard()
  const { running } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  const paths = cluster.api.requests.map(({ path }) => path)
  assert.ok(paths.some(path => path.endsWith("/endpointslices")))
  assert.deepEqual(
    paths.filter(path => /\/endpoints\b/.test(path)),
    [],
  )
  await running.stop()
})
