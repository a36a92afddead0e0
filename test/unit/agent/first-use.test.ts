import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { dualStack, fakeHost } from "./fake-link.ts"
import { announced, assigned, endpoints, exclude, live, nobody, own, reports, speak, standard } from "./first-using.ts"
import { collections, installNamespace } from "./harness.ts"

const foreign = "02:bb:00:00:00:01"

const probe = (ip: string) => `eth0 probe ${ip} from ${own}`

const asked = (frames: readonly string[], ip: string) => frames.filter(frame => frame === probe(ip)).length

test("a new address is asked for three times in 200 ms and announced when nobody has answered", async () => {
  const cluster = standard()
  const { host, metric } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  assert.deepEqual(
    await live(cluster, host, 190, nobody),
    [1, 2, 3].map(() => probe("192.0.2.10")),
  )
  assert.deepEqual(cluster.events(), [])
  assert.equal(announced(await live(cluster, host, 30, nobody), "192.0.2.10"), true)
  assert.equal(metric('metallb_layer2_address_checks_total{verdict="free"}'), "1")
  await cluster.clock.advance(1_000)
  assert.deepEqual(cluster.events(), ['Service/web nodeAssigned: announcing from node "node-1" with protocol "layer2"'])
})

test("an address that another machine has is not announced: a report, an event with its MAC, and asked again until it is gone", async () => {
  const cluster = standard()
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const first = await live(cluster, host, 3_000, ip => (ip === "192.0.2.10" ? foreign : undefined))
  assert.equal(announced(first, "192.0.2.10"), false)
  assert.equal(host.ask(2, "192.0.2.10"), false, "nothing is heard for it, let alone answered")
  const conflict = { address: "192.0.2.10", mac: foreign, interface: "eth0", node: "node-1" }
  const condition = {
    type: "AddressConflict",
    status: "True",
    reason: "AnsweredByAnotherMachine",
    message: `${foreign} answers for 192.0.2.10 on eth0, so it is not announced [ML345]`,
    lastTransitionTime: "2026-01-02T03:04:07Z",
  }
  assert.deepEqual(reports(cluster), [
    { conflict: { ...conflict, serviceName: "web", serviceNamespace: "default" }, conditions: [condition] },
  ])
  assert.deepEqual(cluster.events(), [
    `Service/web announceFailed: ${foreign} answers for 192.0.2.10 on eth0, so it is not announced [ML345]`,
  ])
  const second = await live(cluster, host, 5_000, nobody)
  assert.equal(asked(second, "192.0.2.10"), 3)
  assert.equal(announced(second, "192.0.2.10"), true)
  await cluster.clock.advance(1_000)
  assert.deepEqual(reports(cluster), [])
})

test("a report of another machine than before says since when anybody has the address", async () => {
  const cluster = standard()
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const told = async (mac: string) => {
    await live(cluster, host, 30_000, ip => (ip === "192.0.2.10" ? mac : undefined))
    const [status] = reports(cluster) as { conflict: { mac: string }; conditions: { lastTransitionTime: string }[] }[]
    return [status?.conflict.mac, status?.conditions[0]?.lastTransitionTime]
  }
  const [, since] = await told(foreign)
  assert.deepEqual(await told("02:bb:00:00:00:02"), ["02:bb:00:00:00:02", since])
})

test("a node of the cluster that answers for the address, as with IPVS, is no conflict", async () => {
  const cluster = standard()
  const { host, lines } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 500, ip => (["192.0.2.10", "192.0.2.2"].includes(ip) ? foreign : undefined))
  assert.equal(announced(frames, "192.0.2.10"), true)
  assert.deepEqual(reports(cluster), [])
  assert.equal(
    lines.some(line => line.includes("ML347")),
    true,
  )
})

test("a proxy that answers for everything switches the check off on its link with a warning, and nothing is quarantined", async () => {
  const cluster = standard()
  const { host, metric } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 2_000, () => foreign)
  assert.equal(announced(frames, "192.0.2.10"), true)
  assert.deepEqual(reports(cluster), [])
  assert.equal(metric('metallb_layer2_address_checks_total{verdict="proxy"}'), "1")
  const warning = `Node/node-1 conflictCheckOff: ${foreign} answers for more than 3 free addresses on eth0 [ML339]`
  assert.equal(cluster.events().filter(event => event === warning).length, 1)
  assigned(cluster, "next", "192.0.2.10")
  cluster.api.store.remove(collections.services, "default/web")
  assigned(cluster, "other", "192.0.2.15")
  const later = await live(cluster, host, 100, () => foreign)
  assert.equal(
    later.some(frame => frame.includes("probe")),
    false,
  )
})

test("a speaker that starts asks for nothing that services have already, and a fail-over asks for nothing", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = speak(cluster)
  const second = speak(cluster, "node-2")
  await live(cluster, first.host, 6_000, () => foreign)
  second.host.taken()
  exclude(cluster, "node-1", "192.0.2.1")
  const frames = await live(cluster, second.host, 50, () => foreign)
  assert.equal(
    frames.some(frame => frame.includes("probe")),
    false,
  )
  assert.equal(announced(frames, "192.0.2.10"), true)
})

test("the next owner asks for what the one before it found with another machine, also after a restart of all", async () => {
  const cluster = standard()
  const first = speak(cluster)
  const second = speak(cluster, "node-2")
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  await live(cluster, first.host, 3_000, () => foreign)
  first.host.taken()
  exclude(cluster, "node-1", "192.0.2.1")
  const frames = await live(cluster, second.host, 1_500, ip => (ip === "192.0.2.10" ? foreign : undefined))
  assert.equal(announced(frames, "192.0.2.10"), false)
})

test("a pool with conflictCheck none is announced at once", async () => {
  const cluster = standard({ conflictCheck: "none" })
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 20, () => foreign)
  assert.equal(announced(frames, "192.0.2.10"), true)
  assert.equal(asked(frames, "192.0.2.10"), 0)
})

test("an IPv6 address is asked for by neighbour solicitations, its group is joined, and an advertisement of another host is a conflict", async () => {
  const cluster = standard()
  const { host } = speak(cluster, "node-1", fakeHost(dualStack(2, "eth0")))
  exclude(cluster, "node-2", "192.0.2.2")
  exclude(cluster, "node-3", "192.0.2.3")
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "2001:db8::10")
  const frames = await live(cluster, host, 50, nobody)
  assert.deepEqual(frames, [probe("2001:db8::10")])
  assert.deepEqual(host.memberships(), ["2 ff02::1:ff00:10"])
  host.claim(2, "2001:db8::10", foreign)
  await live(cluster, host, 2_000, nobody)
  assert.deepEqual(
    reports(cluster).map(status => (status as { conflict: { address: string; mac: string } }).conflict.mac),
    [foreign],
  )
  assert.deepEqual(host.memberships(), [])
})

test("with the controller: the service has the next address within seconds and the first one is quarantined", async () => {
  const cluster = standard()
  startController(cluster.agent().edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership: alwaysLeading(),
  })
  for (const name of ["node-2", "node-3"]) exclude(cluster, name, "192.0.2.2")
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  cluster.service("web")
  endpoints(cluster, "web")
  const frames = await live(cluster, host, 5_000, ip => (ip === "192.0.2.10" ? foreign : undefined))
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  assert.deepEqual([announced(frames, "192.0.2.10"), announced(frames, "192.0.2.11")], [false, true])
  const pool = cluster.api.store.get(collections.pools, `${installNamespace}/public`)?.["status"]
  const [quarantined] = (pool as { quarantined: readonly { address: string; mac: string }[] }).quarantined
  assert.deepEqual([quarantined?.address, quarantined?.mac], ["192.0.2.10", foreign])
  assert.deepEqual(reports(cluster), [])
})
