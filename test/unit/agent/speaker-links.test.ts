import assert from "node:assert/strict"
import { test } from "node:test"
import type { Json } from "../kube-client/fake-store.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { collections } from "./harness.ts"
import { assigned, burst, standard, start } from "./speaking.ts"

test("only the interfaces that the advertisement names answer and announce", async () => {
  const cluster = standard()
  cluster.l2Advertisement("all", { interfaces: ["eth1"] })
  assigned(cluster, "web", "192.0.2.10")
  const host = fakeHost(ethernet(2, "eth0"), ethernet(3, "eth1"))
  start(cluster, "node-1", host)
  await cluster.clock.advance(6_000)
  assert.ok(host.taken().every(line => line.startsWith("eth1 ")))
  assert.equal(host.ask(2, "192.0.2.10"), false)
  assert.equal(host.ask(3, "192.0.2.10"), true)
  const interfaces = cluster.api.store
    .list(collections.statuses)
    .map(({ status }) => (status as { interfaces: Json }).interfaces)
  assert.deepEqual(interfaces, [[{ name: "eth1" }]])
})

test("an owner that has none of the named interfaces says so once and does not pretend to announce", async () => {
  const cluster = standard()
  cluster.l2Advertisement("all", { interfaces: ["eth7"] })
  assigned(cluster, "web", "192.0.2.10")
  const { host, metric } = start(cluster, "node-1")
  await cluster.clock.advance(6_000)
  assert.deepEqual(host.taken(), [])
  assert.deepEqual(cluster.events(), [
    "Service/web announceFailed: node node-1 has no usable interface among eth7 [ML320]",
  ])
  assert.deepEqual(cluster.api.store.list(collections.statuses), [])
  assert.equal(
    metric('metallb_speaker_announced{ip="192.0.2.10",node="node-1",protocol="layer2",service="default/web"}'),
    undefined,
  )
})

test("ports of bridges, tunnels, loopback, interfaces that are down and excluded ones are not used", async () => {
  const cluster = standard()
  const host = fakeHost(
    ethernet(1, "lo", { loopback: true, ethernet: false, broadcast: false }),
    ethernet(2, "eth0"),
    ethernet(3, "eth1", { master: 4 }),
    ethernet(4, "br0"),
    ethernet(5, "tun0", { broadcast: false, arp: false }),
    ethernet(6, "veth12"),
    ethernet(7, "eth3", { up: false }),
  )
  const { lines } = start(cluster, "node-1", host)
  await cluster.clock.advance(100)
  assert.equal(host.sockets(), 2)
  assert.ok(lines.some(line => line.includes('"interfaces":["eth0","br0"]')))
})

test("an interface that appears is answered and announced on, one that goes is left", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  host.change(ethernet(2, "eth0"), ethernet(3, "eth1"))
  await cluster.clock.advance(100)
  assert.ok(host.taken().some(line => line.startsWith("eth1 request 192.0.2.10 is at 02:00:00:00:00:03")))
  assert.equal(host.ask(3, "192.0.2.10"), true)
  host.change(ethernet(3, "eth1"))
  await cluster.clock.advance(100)
  assert.equal(host.sockets(), 1)
})

test("a cable that comes back makes the addresses be announced again", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  host.change(ethernet(2, "eth0", { running: false }))
  await cluster.clock.advance(1_000)
  assert.deepEqual(host.taken(), [])
  host.change(ethernet(2, "eth0"))
  await cluster.clock.advance(100)
  assert.deepEqual(host.taken(), burst("192.0.2.10"))
})

test("a socket that ends by itself is opened again and hears the same addresses", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.fault(2, { code: "EIO", message: "EIO: i/o error" })
  assert.equal(host.sockets(), 0)
  await cluster.clock.advance(100)
  assert.equal(host.sockets(), 1)
  assert.equal(host.ask(2, "192.0.2.10"), true)
})

test("a socket that may not be opened keeps the speaker unready and says why, until it can", async () => {
  const cluster = standard()
  const host = fakeHost(ethernet(2, "eth0"))
  host.refuse(new Error("EPERM: operation not permitted, socket(AF_PACKET)"))
  const { running } = start(cluster, "node-1", host)
  await cluster.clock.advance(1_000)
  assert.deepEqual(running.missing(), ["no ARP on eth0: EPERM: operation not permitted, socket(AF_PACKET)"])
  host.refuse(undefined)
  await cluster.clock.advance(10_000)
  assert.deepEqual(running.missing(), [])
})
