import assert from "node:assert/strict"
import { test } from "node:test"
import { installNamespace, type World, world } from "./harness.ts"
import { holder, leases, start } from "./leading.ts"

const serviceWrites = (cluster: World) => cluster.api.writes().filter(({ path }) => path.includes("/services/"))

const leaseRequests = (cluster: World) => cluster.api.requests.filter(({ path }) => path.includes("/leases"))

test("a controller alone leads after two requests, before any time has passed, and assigns", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.service("web")
  const one = start(cluster, "a")
  await cluster.clock.settle()
  assert.equal(one.leads(), true)
  assert.equal(leaseRequests(cluster).length, 2)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  assert.equal(holder(cluster), "a_uid-of-a")
})

test("a standby reads everything, is ready and writes nothing at all", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  start(cluster, "a")
  await cluster.clock.advance(3_000)
  const before = cluster.api.writes().filter(({ path }) => !path.includes("/leases")).length
  const standby = start(cluster, "b")
  await cluster.clock.advance(3_000)
  assert.equal(standby.leads(), false)
  assert.deepEqual(standby.running.missing(), [])
  assert.equal(cluster.api.writes().filter(({ path }) => !path.includes("/leases")).length, before)
  cluster.service("web")
  await cluster.clock.advance(3_000)
  assert.equal(serviceWrites(cluster).length, 1, "the leader's alone")
  assert.equal(standby.metric('metallb_allocator_addresses_in_use_total{pool="public"}'), undefined)
})

test("after a release the standby takes over within one retry period, and nothing moves", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const first = start(cluster, "a")
  await cluster.clock.advance(3_000)
  const second = start(cluster, "b")
  cluster.service("web")
  await cluster.clock.advance(3_000)
  const writes = serviceWrites(cluster).length
  await first.running.stop()
  assert.equal(holder(cluster), undefined)
  await cluster.clock.advance(2_000)
  assert.equal(second.leads(), true)
  assert.equal(holder(cluster), "b_uid-of-b")
  cluster.service("next")
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("next"), ["192.0.2.1"])
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  assert.equal(serviceWrites(cluster).length, writes + 1)
})

test("a leader that vanishes is followed after the Lease ran out: 15 s and not before", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.api.store.put(leases, {
    metadata: { name: "metallb-controller", namespace: installNamespace },
    spec: {
      holderIdentity: "gone_uid",
      leaseDurationSeconds: 15,
      renewTime: "2026-01-02T03:04:05.000000Z",
      leaseTransitions: 7,
    },
  } as never)
  cluster.service("web")
  const one = start(cluster, "a")
  await cluster.clock.advance(14_900)
  assert.equal(one.leads(), false)
  assert.deepEqual(cluster.ingressOf("web"), [])
  await cluster.clock.advance(200)
  assert.equal(one.leads(), true)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  const spec = cluster.api.store.get(leases, `${installNamespace}/metallb-controller`)?.["spec"]
  assert.deepEqual((spec as { leaseTransitions: number }).leaseTransitions, 8)
})

test("whoever takes over from another reads the services anew before it gives an address", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const first = start(cluster, "a")
  await cluster.clock.advance(3_000)
  const second = start(cluster, "b")
  await cluster.clock.advance(3_000)
  const lists = () => cluster.api.requests.filter(({ path, watch }) => path === "/api/v1/services" && !watch).length
  const before = lists()
  await first.running.stop()
  // The list that the new leader asks for fails at first; until it came, nothing may be given.
  cluster.api.fail({ status: 500 }, ({ path, watch }) => path === "/api/v1/services" && !watch, 2)
  cluster.service("web")
  await cluster.clock.advance(1_800)
  await cluster.clock.until("the new leader assigns", () => cluster.ingressOf("web").length === 1, 3_000)
  assert.equal(second.leads(), true)
  assert.equal(lists(), before + 3)
})

test("an outage of the API suspends a leader and costs it nothing: no second look for others, no restart, no lost event", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const one = start(cluster, "a")
  cluster.service("kept")
  await cluster.clock.advance(3_000)
  cluster.api.down()
  await cluster.clock.advance(30_000)
  assert.equal(one.leads(), false)
  cluster.service("web")
  cluster.api.up()
  await cluster.clock.advance(6_000)
  assert.equal(one.leads(), true)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.1"])
  assert.equal(serviceWrites(cluster).length, 2)
  assert.ok(cluster.events().some(event => event.startsWith("Service/web IPAllocated")))
})

test("no write begins after the renewal deadline, even one that was tried before", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  start(cluster, "a")
  await cluster.clock.advance(3_000)
  // Renewals fail from now on, and writes of services are put off by the server.
  cluster.api.fail({ status: 503 }, ({ path }) => path.includes("/leases"), 1_000)
  cluster.api.fail({ status: 429, retryAfter: 1 }, ({ path }) => path.includes("/services/"), 1_000)
  const begun = cluster.clock.monotonic()
  cluster.service("web")
  const seen = () => serviceWrites(cluster).length
  await cluster.clock.advance(11_000)
  const atDeadline = seen()
  assert.ok(atDeadline > 3, `${atDeadline} attempts before the deadline`)
  await cluster.clock.advance(60_000)
  assert.equal(seen(), atDeadline)
  assert.ok(cluster.clock.monotonic() - begun > 70_000)
})

test("a leader that was deposed forgets what it planned and starts anew when it leads again", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const one = start(cluster, "a")
  cluster.service("web")
  await cluster.clock.advance(3_000)
  // Another takes the Lease, as it may after a long stop of this process, and gives the lowest free address away.
  cluster.api.store.put(leases, {
    metadata: { name: "metallb-controller", namespace: installNamespace },
    spec: {
      holderIdentity: "b_uid",
      leaseDurationSeconds: 15,
      renewTime: "2026-01-02T03:04:09.000000Z",
      leaseTransitions: 1,
    },
  } as never)
  await cluster.clock.advance(2_500)
  assert.equal(one.leads(), false)
  assert.equal(one.metric('metallb_allocator_addresses_in_use_total{pool="public"}'), undefined)
  cluster.service("foreign", {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
  })
  cluster.service("later")
  await cluster.clock.advance(3_000)
  assert.deepEqual(cluster.ingressOf("later"), [])
  await cluster.clock.advance(15_000)
  assert.equal(one.leads(), true)
  assert.deepEqual(cluster.ingressOf("later"), ["192.0.2.2"])
})

test("two services with one address: the older keeps it, the other moves, with an event and a count", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const both = {
    annotations: { "metallb.io/ip-allocated-from-pool": "public" },
  }
  const status = { loadBalancer: { ingress: [{ ip: "192.0.2.0" }] } }
  cluster.service("younger", { metadata: { ...both, creationTimestamp: "2026-01-01T00:00:05Z" }, status })
  cluster.service("older", { metadata: { ...both, creationTimestamp: "2026-01-01T00:00:01Z" }, status })
  const one = start(cluster, "a")
  await cluster.clock.advance(3_000)
  assert.deepEqual(cluster.ingressOf("older"), ["192.0.2.0"])
  assert.deepEqual(cluster.ingressOf("younger"), ["192.0.2.1"])
  assert.ok(
    cluster
      .events()
      .includes(
        "Service/younger ClearAssignment: 192.0.2.0 belongs to default/older, which was given it before [ML126]",
      ),
    cluster.events().join("\n"),
  )
  assert.equal(one.metric("metallb_controller_duplicate_addresses_total"), "1")
})

/** A service whose status was written at a time of the API server. */
const assigned = (cluster: World, name: string, createdAt: string, writtenAt: string, ip = "192.0.2.0") => {
  cluster.service(name, {
    metadata: {
      annotations: { "metallb.io/ip-allocated-from-pool": "public" },
      creationTimestamp: createdAt,
      managedFields: [{ manager: "x", time: writtenAt, fieldsV1: { "f:status": { "f:loadBalancer": {} } } }],
    },
    status: { loadBalancer: { ingress: [{ ip }] } },
  })
}
const second = (n: number) => `2026-01-01T00:00:0${n}Z`

test("who was given the address first keeps it though it is younger, and a restart says the same", async () => {
  for (const late of [false, true]) {
    const cluster = world()
    cluster.pool("public", ["192.0.2.0/24"])
    assigned(cluster, "first", second(5), second(6))
    if (!late) assigned(cluster, "stale", second(1), second(7))
    const one = start(cluster, "a")
    await cluster.clock.advance(3_000)
    // What an old leader had in mind arrives while the new one is at work.
    if (late) assigned(cluster, "stale", second(1), second(7))
    await cluster.clock.advance(3_000)
    assert.deepEqual([cluster.ingressOf("first"), cluster.ingressOf("stale")], [["192.0.2.0"], ["192.0.2.1"]])
    assert.equal(one.metric("metallb_controller_duplicate_addresses_total"), "1")
    const said = cluster.events().filter(event => event.startsWith("Service/"))
    assert.deepEqual(said, [
      "Service/stale ClearAssignment: 192.0.2.0 belongs to default/first, which was given it before [ML126]",
      'Service/stale IPAllocated: 192.0.2.1 from pool "public" [ML100]',
    ])
  }
})

test("a burst of duplicates is mended: nobody who was first moves, nobody shares, one event of each kind a service", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  for (let n = 0; n < 20; n++) assigned(cluster, `a${n}`, second(5), second(6), `192.0.2.${n}`)
  start(cluster, "a")
  await cluster.clock.advance(3_000)
  for (let n = 0; n < 20; n++) assigned(cluster, `b${n}`, second(1), second(7), `192.0.2.${n}`)
  await cluster.clock.advance(5_000)
  for (let n = 0; n < 20; n++) assert.deepEqual(cluster.ingressOf(`a${n}`), [`192.0.2.${n}`])
  const moved = Array.from({ length: 20 }, (_, n) => cluster.ingressOf(`b${n}`).join())
  assert.equal(new Set(moved).size, 20)
  assert.ok(moved.every(ip => Number(ip.split(".")[3]) >= 20))
  assert.equal(cluster.events().filter(event => event.includes("ClearAssignment")).length, 20)
  assert.equal(cluster.events().filter(event => event.includes("IPAllocated")).length, 20)
})

test("without the right to the Lease a controller is not ready, says why once and goes on asking", async () => {
  const cluster = world()
  cluster.api.fail({ status: 403, reason: "Forbidden" }, ({ path }) => path.includes("/leases"), 5)
  const one = start(cluster, "a")
  await cluster.clock.advance(5_000)
  assert.match(one.running.missing().join(), /Lease metallb-system\/metallb-controller not read yet: .*403/)
  assert.equal(one.lines.filter(line => line.includes("the Lease cannot be read or written")).length, 1)
  await cluster.clock.advance(10_000)
  assert.equal(one.leads(), true)
  assert.deepEqual(one.running.missing(), [])
})

test("waiting services are counted by reason, and the latency of the one that got an address is measured", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.1/32"])
  const one = start(cluster, "a")
  for (const name of ["first", "second", "third"]) cluster.service(name)
  await cluster.clock.advance(3_000)
  const pending = one.edges.metrics.text().match(/^metallb_controller_services_pending.*$/gm)
  assert.deepEqual(pending?.length, 1)
  assert.match(pending?.[0] ?? "", /^metallb_controller_services_pending\{reason="ML1\d\d"\} 2$/)
  assert.equal(one.metric("metallb_controller_reconcile_seconds_count"), "1")
  assert.equal(one.metric('metallb_allocator_services_allocated_total{pool="public"}'), "1")
  cluster.pool("more", ["192.0.2.8/30"])
  await cluster.clock.advance(3_000)
  assert.match(one.edges.metrics.text(), /^metallb_controller_services_pending\{reason="ML1\d\d"\} 0$/m)
})
