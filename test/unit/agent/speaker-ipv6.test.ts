import assert from "node:assert/strict"
import { test } from "node:test"
import { dualStack, ethernet, fakeHost, neighbour } from "./fake-link.ts"
import { collections, type World } from "./harness.ts"
import { assigned, burst, exclude, mac, node, reply, serving, slice, standard, start } from "./speaking.ts"

const v6 = "2001:db8::10"

const group = "ff02::1:ff00:10"

/** A service with an address of each family, which its hash gives to node-1. */
const dualService = (cluster: World) => {
  cluster.pool("public", ["192.0.2.0/24", "2001:db8::/120"])
  assigned(cluster, "web", "192.0.2.10", {
    clusterIPs: ["10.96.0.1", "fd00::1"],
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
  })
  const [service] = cluster.api.store.list(collections.services)
  cluster.put(collections.services, {
    ...service,
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.10" }, { ip: v6 }] } },
  })
}

test("a solicitation for the IPv6 address of a dual-stack service is answered, to the asker alone", async () => {
  const cluster = standard()
  dualService(cluster)
  const { host, metric } = start(cluster, "node-1", fakeHost(dualStack(2, "eth0")))
  await cluster.clock.advance(50)
  assert.deepEqual(host.taken(), [
    ...burst("192.0.2.10"),
    `eth0 advertisement ${v6} is at ${mac} to 33:33:00:00:00:01, override`,
  ])
  assert.equal(host.ask(2, v6), true)
  assert.equal(host.ask(2, "192.0.2.10"), true)
  assert.equal(host.ask(2, "2001:db8::11"), false)
  assert.deepEqual(host.taken(), [
    `eth0 advertisement ${v6} is at ${mac} to ${neighbour}, solicited, override`,
    reply("192.0.2.10"),
  ])
  assert.equal(metric(`metallb_layer2_requests_received{ip="${v6}"}`), "1")
  assert.equal(metric(`metallb_layer2_gratuitous_sent{ip="${v6}"}`), "1")
})

test("a host that probes for an IPv6 address of ours is told before everybody that it is taken", async () => {
  const cluster = standard()
  dualService(cluster)
  const { host } = start(cluster, "node-1", fakeHost(dualStack(2, "eth0")))
  await cluster.clock.advance(50)
  host.taken()
  assert.equal(host.probe(2, v6), true)
  assert.deepEqual(host.taken(), [`eth0 advertisement ${v6} is at ${mac} to 33:33:00:00:00:01, override`])
})

test("the solicited-node group is joined while the address is ours, on the interfaces that speak IPv6", async () => {
  const cluster = standard()
  dualService(cluster)
  const host = fakeHost(dualStack(2, "eth0"), ethernet(3, "eth1"))
  const { running } = start(cluster, "node-1", host)
  await cluster.clock.advance(100)
  assert.deepEqual(host.memberships(), [`2 ${group}`])
  host.change(dualStack(2, "eth0"), dualStack(3, "eth1"))
  await cluster.clock.advance(100)
  assert.deepEqual(host.memberships(), [`2 ${group}`, `3 ${group}`])
  assert.equal(host.ask(3, v6), true)
  host.change(ethernet(2, "eth0"), dualStack(3, "eth1"))
  await cluster.clock.advance(100)
  assert.deepEqual(host.memberships(), [`3 ${group}`])
  exclude(cluster, "node-1")
  await cluster.clock.advance(100)
  assert.deepEqual(host.memberships(), [])
  node(cluster, "node-1")
  await cluster.clock.advance(100)
  await running.stop()
  assert.deepEqual(host.memberships(), [])
})

test("a group that cannot be joined is told once and tried again", async () => {
  const cluster = standard()
  dualService(cluster)
  const host = fakeHost(dualStack(2, "eth0"))
  host.refuseMemberships(new Error("ENOMEM: not enough memory, setsockopt(IPV6_JOIN_GROUP)"))
  const { lines } = start(cluster, "node-1", host)
  await cluster.clock.advance(35_000)
  assert.equal(lines.filter(line => line.includes("IPV6_JOIN_GROUP")).length, 1)
  host.refuseMemberships(undefined)
  await cluster.clock.advance(10_000)
  assert.deepEqual(host.memberships(), [`2 ${group}`])
})

test("an owner whose interfaces have no IPv6 says so for the IPv6 address and announces the other", async () => {
  const cluster = standard()
  cluster.pool("six", ["2001:db8::/120"])
  cluster.service("six", {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "six" } },
    spec: { clusterIP: "fd00::1", clusterIPs: ["fd00::1"], ipFamilies: ["IPv6"] },
    status: { loadBalancer: { ingress: [{ ip: v6 }] } },
  })
  slice(cluster, "six", [serving("node-1")])
  for (const name of ["node-1", "node-2", "node-3"]) start(cluster, name)
  await cluster.clock.advance(1_000)
  const [event, ...others] = cluster.events()
  assert.match(
    event ?? "",
    /^Service\/six announceFailed: node node-\d has no link-local IPv6 address on a usable interface among all \[ML321\]$/,
  )
  assert.deepEqual(others, [])
})

test("a foreign advertisement for an IPv6 address of ours is told and answered once", async () => {
  const cluster = standard()
  dualService(cluster)
  const { host } = start(cluster, "node-1", fakeHost(dualStack(2, "eth0")))
  await cluster.clock.advance(10_000)
  host.taken()
  host.claim(2, v6, "02:bb:00:00:00:02")
  await cluster.clock.advance(5_000)
  assert.deepEqual(host.taken(), [`eth0 advertisement ${v6} is at ${mac} to 33:33:00:00:00:01, override`])
  const [event] = cluster.events().filter(line => line.includes("addressConflict"))
  assert.equal(event, `Service/web addressConflict: 02:bb:00:00:00:02 claims ${v6} on eth0 [ML342]`)
})
