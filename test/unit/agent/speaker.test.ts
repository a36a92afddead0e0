import assert from "node:assert/strict"
import { test } from "node:test"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { dualStack, ethernet, fakeHost, neighbour } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const node = (cluster: World, name: string, ready = "True", labels: Record<string, string> = {}) =>
  cluster.put(collections.nodes, {
    metadata: { name, labels },
    spec: {},
    status: { conditions: [{ type: "Ready", status: ready }], addresses: [] },
  })

const pod = (cluster: World, name: string, nodeName: string, ready = "True") =>
  cluster.put(collections.pods, {
    metadata: { name, namespace: installNamespace, labels: { app: "metallb", component: "speaker" } },
    spec: { nodeName },
    status: { conditions: [{ type: "Ready", status: ready }], podIP: "192.0.2.200" },
  })

const slice = (cluster: World, service: string, endpoints: Json) =>
  cluster.put(collections.slices, {
    metadata: { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    endpoints,
  })

const serving = (nodeName: string): Json => ({ nodeName, addresses: ["10.0.0.1"], conditions: { ready: true } })

/** A service that the controller has given an address. */
const assigned = (cluster: World, name: string, address: string, spec: Record<string, Json> = {}) => {
  cluster.service(name, {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
    spec,
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  })
  slice(cluster, name, [serving("node-1")])
}

const start = (cluster: World, nodeName: string, host = fakeHost(ethernet(2, "eth0")), refreshEvery = 0) => {
  const agent = cluster.agent()
  const edges = { ...agent.edges, ...host.edges }
  const running = startSpeaker(edges, {
    namespace: installNamespace,
    podName: `speaker-${nodeName}`,
    nodeName,
    lbClass: "",
    speakerLabels: "app=metallb,component=speaker",
    ignoreExcludeLb: false,
    isExcluded: name => name.startsWith("veth"),
    refreshEvery,
    bgpListenPort: 0,
  })
  return { ...agent, host, running }
}

/** Three nodes, one pool, advertised; for 192.0.2.10 the hash order is node-1, node-2, node-3, for .11 it is 2, 3, 1. */
const standard = (pods = true) => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.l2Advertisement("all")
  for (const name of ["node-1", "node-2", "node-3"]) {
    node(cluster, name)
    if (pods) pod(cluster, `speaker-${name}`, name)
  }
  return cluster
}

const mac = "02:00:00:00:00:02"
const reply = (ip: string) => `eth0 reply ${ip} is at ${mac} to ${neighbour}`
const burst = (ip: string) => ["request", "reply"].map(form => `eth0 ${form} ${ip} is at ${mac} to ff:ff:ff:ff:ff:ff`)

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

test("an owner whose node stops being ready is followed by the next in the order, and stops answering", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = start(cluster, "node-1")
  const second = start(cluster, "node-2")
  await cluster.clock.advance(6_000)
  first.host.taken()
  assert.deepEqual(second.host.taken(), [])
  node(cluster, "node-1", "Unknown")
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
  node(cluster, "node-1", "False")
  await cluster.clock.advance(10_000)
  assert.deepEqual(host.taken(), [])
})

test("a speaker whose pod is being deleted or is not ready hands over", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(100)
  assert.equal(host.ask(2, "192.0.2.10"), true)
  pod(cluster, "speaker-node-1", "node-1", "False")
  await cluster.clock.advance(100)
  assert.equal(host.ask(2, "192.0.2.10"), false)
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

test("a claim of another station is told once with its MAC, and answered by one announcement in ten seconds", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host, metric } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  for (let i = 0; i < 100; i++) {
    host.claim(2, "192.0.2.10", "02:bb:00:00:00:01")
    await cluster.clock.advance(250)
  }
  const replies = host.taken().filter(line => line.includes(" reply ") && line.endsWith("to ff:ff:ff:ff:ff:ff"))
  assert.equal(replies.length, 3)
  await cluster.clock.advance(5_000)
  assert.deepEqual(
    cluster.events().filter(line => line.includes("addressConflict")),
    ["Service/web addressConflict: 02:bb:00:00:00:01 claims 192.0.2.10 on eth0 [ML342]"],
  )
  assert.equal(metric('metallb_layer2_claims_received{ip="192.0.2.10"}'), "100")
  assert.equal(metric('metallb_layer2_defences_sent{ip="192.0.2.10"}'), "3")
})

test("an old owner that hears the new one does not draw the address back", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  host.claim(2, "192.0.2.10", "02:00:00:00:00:99")
  await cluster.clock.advance(500)
  node(cluster, "node-1", "False")
  await cluster.clock.advance(20_000)
  assert.deepEqual(
    host.taken().filter(line => line.includes("to ff:ff:ff:ff:ff:ff")),
    [],
  )
  assert.deepEqual(
    cluster.events().filter(line => line.includes("addressConflict")),
    [],
  )
})

test("two interfaces of one host on one link do not take each other for a stranger", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { metric, host } = start(cluster, "node-1", fakeHost(ethernet(2, "eth0"), ethernet(3, "eth1")))
  await cluster.clock.advance(100)
  host.claim(2, "192.0.2.10", "02:00:00:00:00:03")
  assert.equal(metric('metallb_layer2_claims_received{ip="192.0.2.10"}'), undefined)
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
  node(cluster, "node-1", "False")
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

test("a speaker that is asked says what it announces, where, and what became of an address", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { running } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  const ask = (question: string, argument = "") => running.questions?.[question]?.(argument)
  const web = { address: "192.0.2.10", services: ["default/web"], interfaces: [], obstacle: null }
  assert.deepEqual(ask("owners"), [web])
  assert.deepEqual(ask("first-use"), [])
  const [link] = ask("links") as readonly { name: string; mac: string }[]
  assert.deepEqual([link?.name, link?.mac], ["eth0", mac])
  node(cluster, "node-1", "False")
  await cluster.clock.advance(1_000)
  const changes = ask("history", "192.0.2.10") as readonly (readonly Json[])[]
  assert.deepEqual(
    changes.map(([, vip, on, did, other, reason]) => [vip, on, did, other, reason]),
    [
      ["192.0.2.10", "node-1", "started", null, "ML360"],
      ["192.0.2.10", "node-1", "stopped", null, "ML303"],
    ],
  )
  assert.deepEqual(ask("history", "192.0.2.99"), [])
  assert.deepEqual(ask("history", "web"), [])
})

test("the history of an address outlives the process, and a file that is no history says nothing", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  let kept: unknown
  const history = {
    read: () => kept,
    write: (value: unknown) => {
      kept = JSON.parse(JSON.stringify(value))
      return undefined
    },
  }
  const speak = (read: () => unknown) => {
    const host = fakeHost(ethernet(2, "eth0"))
    const edges = { ...cluster.agent().edges, ...host.edges, history: { ...history, read } }
    const options = { namespace: installNamespace, podName: "speaker-node-1", nodeName: "node-1", lbClass: "" }
    const more = { ignoreExcludeLb: false, isExcluded: () => false, refreshEvery: 0, bgpListenPort: 0 }
    return startSpeaker(edges, { ...options, ...more })
  }
  const count = ({ questions = {} }: ReturnType<typeof speak>) => {
    const answer = questions["history"]?.("")
    return Array.isArray(answer) ? answer.length : undefined
  }
  const first = speak(history.read)
  await cluster.clock.advance(5_000)
  assert.equal(count(first), 1)
  const second = speak(history.read)
  await cluster.clock.advance(1_000)
  assert.equal(count(second), 2)
  const third = speak(() => ({ at: [1, null, "x"] }))
  await cluster.clock.advance(1_000)
  assert.equal(count(third), 1)
})
