import assert from "node:assert/strict"
import { test } from "node:test"
import { ethernet, fakeHost } from "./fake-link.ts"
import { collections, installNamespace, world } from "./harness.ts"
import { assigned, burst, exclude, node, pod, reply, standard, start } from "./speaking.ts"

test("the owner alone answers who-has, with its interface's address, and a foreign question wakes nobody", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = start(cluster, "node-1")
  const second = start(cluster, "node-2")
  await cluster.clock.advance(100)
  first.host.taken()
  assert.equal(first.host.ask(2, "192.0.2.10"), true)
  assert.deepEqual(first.host.taken(), [reply("192.0.2.10")])
  assert.equal(first.host.ask(2, "192.0.2.99"), false)
  assert.equal(second.host.ask(2, "192.0.2.10"), false)
  assert.equal(first.metric('metallb_layer2_requests_received{ip="192.0.2.10"}'), "1")
  assert.equal(first.metric('metallb_layer2_responses_sent{ip="192.0.2.10"}'), "1")
})

test("an address that the cluster has announced before is answered within 10 ms of the write that gives it", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  cluster.api.store.remove(collections.services, "default/web")
  await cluster.clock.advance(60_000)
  assert.equal(host.ask(2, "192.0.2.10"), false)
  host.taken()
  assigned(cluster, "next", "192.0.2.10")
  await cluster.clock.advance(10)
  host.ask(2, "192.0.2.10")
  assert.deepEqual(host.taken(), [...burst("192.0.2.10"), reply("192.0.2.10")])
})

test("a take-over is announced at once in both forms and repeated for five seconds, then the link is quiet", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host, metric } = start(cluster, "node-1")
  await cluster.clock.advance(50)
  assert.deepEqual(host.taken(), burst("192.0.2.10"))
  await cluster.clock.advance(5_100)
  assert.deepEqual(
    host.taken(),
    [1, 2, 3, 4].flatMap(() => burst("192.0.2.10")),
  )
  await cluster.clock.advance(60_000)
  assert.deepEqual(host.taken(), [])
  assert.equal(metric('metallb_layer2_gratuitous_sent{ip="192.0.2.10"}'), "10")
})

test("one event, metric and status say that this node announces, however often it is looked at", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { metric } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  for (let i = 0; i < 10; i++) node(cluster, "node-2", "True", { turn: String(i) })
  await cluster.clock.advance(60_000)
  assert.deepEqual(cluster.events(), ['Service/web nodeAssigned: announcing from node "node-1" with protocol "layer2"'])
  const series = 'metallb_speaker_announced{ip="192.0.2.10",node="node-1",protocol="layer2",service="default/web"}'
  assert.equal(metric(series), "1")
  const statuses = cluster.api.store.list(collections.statuses)
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [{ node: "node-1", serviceName: "web", serviceNamespace: "default", interfaces: [] }],
  )
  assert.deepEqual(statuses[0]?.metadata["labels"], {
    "metallb.io/node": "node-1",
    "metallb.io/service-name": "web",
    "metallb.io/service-namespace": "default",
  })
  assert.equal(cluster.api.writes().length, 2)
})

test("an owner whose node is excluded is followed by the next in the order, and stops answering", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = start(cluster, "node-1")
  const second = start(cluster, "node-2")
  await cluster.clock.advance(6_000)
  first.host.taken()
  assert.deepEqual(second.host.taken(), [])
  exclude(cluster, "node-1")
  await cluster.clock.advance(50)
  assert.equal(first.host.ask(2, "192.0.2.10"), false)
  assert.deepEqual(second.host.taken(), burst("192.0.2.10"))
  assert.equal(second.host.ask(2, "192.0.2.10"), true)
  const series = 'metallb_speaker_announced{ip="192.0.2.10",node="node-1",protocol="layer2",service="default/web"}'
  assert.equal(first.metric(series), undefined)
  await cluster.clock.advance(1_000)
  const statuses = cluster.api.store.list(collections.statuses)
  assert.deepEqual(
    statuses.map(({ status }) => (status as { node: string }).node),
    ["node-2"],
  )
})

test("an owner that loses an address in the middle of its announcements sends no more of them", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(1_500)
  host.taken()
  exclude(cluster, "node-1")
  await cluster.clock.advance(10_000)
  assert.deepEqual(host.taken(), [])
})

test("without a member list every node counts, as for MetalLB's speakers without one: neither node nor pod need be ready", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = start(cluster, "node-1")
  const second = start(cluster, "node-2")
  node(cluster, "node-1", "Unknown")
  pod(cluster, "speaker-node-1", "node-1", "False")
  await cluster.clock.advance(6_000)
  assert.equal(first.host.ask(2, "192.0.2.10"), true)
  assert.equal(second.host.ask(2, "192.0.2.10"), false)
  assert.deepEqual(second.host.taken(), [])
})

test("without any speaker pod every node counts as having one, so that speakers can be run by hand", async () => {
  const cluster = standard(false)
  assigned(cluster, "web", "192.0.2.10")
  const first = start(cluster, "node-1")
  const second = start(cluster, "node-2")
  await cluster.clock.advance(100)
  assert.equal(first.host.ask(2, "192.0.2.10"), true)
  assert.equal(second.host.ask(2, "192.0.2.10"), false)
  const [status] = cluster.api.store.list(collections.statuses)
  assert.deepEqual(status?.metadata["ownerReferences"], [])
})

test("while the API server is away everything is answered as before and nothing is announced anew", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host, running } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  cluster.api.down()
  await cluster.clock.advance(3_600_000)
  assert.equal(host.ask(2, "192.0.2.10"), true)
  assert.deepEqual(host.taken(), [reply("192.0.2.10")])
  assert.deepEqual(running.missing(), [])
  cluster.api.up()
  await cluster.clock.advance(10_000)
  assert.deepEqual(host.taken(), [])
})

test("nothing is announced before everything was read, and what is missing is said", async () => {
  for (const unread of [
    collections.nodes,
    collections.slices,
    collections.pods,
    collections.l2,
    collections.services,
  ]) {
    const cluster = standard()
    assigned(cluster, "web", "192.0.2.10")
    const name = unread.split("/").at(-1) ?? ""
    cluster.api.fail({ status: 500 }, request => request.path.endsWith(`/${name}`), 1_000)
    const { host, running } = start(cluster, "node-1")
    await cluster.clock.advance(30_000)
    assert.deepEqual(host.taken(), [], unread)
    assert.equal(running.missing().length, 1, unread)
  }
})

test("a pool that no advertisement names is not announced, until one does", async () => {
  const cluster = standard()
  cluster.api.store.remove(collections.l2, `${installNamespace}/all`)
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  assert.equal(host.ask(2, "192.0.2.10"), false)
  cluster.l2Advertisement("later", { ipAddressPools: ["public"] })
  await cluster.clock.advance(50)
  assert.equal(host.ask(2, "192.0.2.10"), true)
})

test("a pool of the ConfigMap is announced without any advertisement", async () => {
  const cluster = world()
  cluster.legacy("address-pools:\n- name: public\n  protocol: layer2\n  addresses: [192.0.2.0/24]\n")
  node(cluster, "node-1")
  pod(cluster, "speaker-node-1", "node-1")
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(100)
  assert.equal(host.ask(2, "192.0.2.10"), true)
})

test("a restart of the owner announces again on the link, but is no new event and no new status", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  await first.running.stop()
  assert.equal(first.host.sockets(), 0)
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  assert.deepEqual(host.taken(), burst("192.0.2.10"))
  assert.equal(cluster.events().length, 1)
  assert.equal(cluster.api.writes().length, 2)
})

test("an address is announced again about once a minute where refreshes are on", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1", fakeHost(ethernet(2, "eth0")), 60_000)
  await cluster.clock.advance(10_000)
  host.taken()
  await cluster.clock.advance(600_000)
  const frames = host.taken().length
  assert.ok(frames >= 16 && frames <= 26, `${frames} frames in ten minutes`)
})

test("a thousand services are announced by three speakers with two requests a service", async () => {
  const cluster = standard()
  for (const name of ["node-1", "node-2", "node-3"]) start(cluster, name)
  cluster.pool("public", ["10.0.0.0/16"])
  await cluster.clock.advance(1_000)
  for (let i = 0; i < 1_000; i++) assigned(cluster, `s${i}`, `10.0.${i >> 8}.${i & 255}`)
  await cluster.clock.advance(20_000)
  assert.equal(cluster.api.store.list(collections.statuses).length, 1_000)
  assert.equal(cluster.api.writes().length, 2_000)
})

test("stopping closes every socket and leaves no timer", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host, running } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  await running.stop()
  await cluster.clock.settle()
  assert.equal(host.sockets(), 0)
  assert.equal(cluster.api.openWatches, 0)
  assert.equal(cluster.clock.timers(), 0)
})
