import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading, type Leadership, type LeadershipEvents } from "../../../agent/leadership.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const start = (cluster: World, leadership: Leadership = alwaysLeading()) => {
  const agent = cluster.agent()
  const running = startController(agent.edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership,
  })
  return { ...agent, running }
}

/** Moves time on until everything is read and done. */
const rest = (cluster: World) => cluster.clock.advance(3_000)

const reserve = (cluster: World, service: string, ttl?: string) =>
  cluster.put(collections.reservations, {
    metadata: { name: `for-${service}`, namespace: installNamespace },
    spec: { service: { namespace: "default", name: service }, ...(ttl === undefined ? {} : { ttl }) },
  })

const statusOf = (cluster: World, service: string) =>
  cluster.api.store.get(collections.reservations, `${installNamespace}/for-${service}`)?.["status"] as
    | { addresses?: readonly string[]; awaySince?: string; expires?: string }
    | undefined

const remove = (cluster: World, name: string) => cluster.api.store.remove(collections.services, `default/${name}`)

test("a reserved address waits for its service over delete and re-create, while others get others", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  reserve(cluster, "web", "1h")
  const { metric } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(statusOf(cluster, "web"), { addresses: ["192.0.2.11"] })
  remove(cluster, "web")
  cluster.service("x")
  cluster.service("y")
  await rest(cluster)
  assert.deepEqual([cluster.ingressOf("x"), cluster.ingressOf("y")], [["192.0.2.12"], []])
  assert.ok(statusOf(cluster, "web")?.expires !== undefined)
  assert.equal(metric("metallb_allocator_addresses_reserved"), "1")
  const counters = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 0, availableIPv6: 0 }
  assert.deepEqual(cluster.countersOf("public"), counters)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  assert.deepEqual(statusOf(cluster, "web"), { addresses: ["192.0.2.11"] })
  assert.equal(metric("metallb_allocator_addresses_reserved"), "0")
  assert.ok(cluster.events().includes('Service/web IPAllocated: 192.0.2.11 from pool "public" [ML151]'))
})

test("when the time is over the address goes to whoever waits, with one event about the reservation", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  reserve(cluster, "web", "1h")
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  remove(cluster, "web")
  cluster.service("late")
  await cluster.clock.advance(3_590_000)
  assert.deepEqual(cluster.ingressOf("late"), [])
  await cluster.clock.advance(20_000)
  assert.deepEqual(cluster.ingressOf("late"), ["192.0.2.11"])
  assert.deepEqual(statusOf(cluster, "web"), {})
  const said = cluster.events().filter(event => event.startsWith("AddressReservation/"))
  const text = "192.0.2.11 is free for everybody: default/web was away for 1h [ML152]"
  assert.deepEqual(said, [`AddressReservation/for-web AddressReleased: ${text}`])
})

test("a controller that was away while the service was deleted keeps the address all the same", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  reserve(cluster, "web", "1h")
  const first = start(cluster)
  cluster.service("web")
  await rest(cluster)
  await first.running.stop()
  remove(cluster, "web")
  cluster.service("other")
  const second = start(cluster)
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("other"), ["192.0.2.12"])
  await second.running.stop()
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
})

test("a reservation that is deleted ends at once", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  reserve(cluster, "web")
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  remove(cluster, "web")
  cluster.service("late")
  await cluster.clock.advance(600_000)
  assert.deepEqual(cluster.ingressOf("late"), [])
  cluster.api.store.remove(collections.reservations, `${installNamespace}/for-web`)
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("late"), ["192.0.2.11"])
})

test("who asks for a reserved address is told for whom it is", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  reserve(cluster, "web")
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  remove(cluster, "web")
  cluster.service("thief", { metadata: { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.11" } } })
  await rest(cluster)
  const said = "Service/thief AllocationFailed: 192.0.2.11 is reserved for default/web [ML150]"
  assert.ok(cluster.events().includes(said), cluster.events().join("\n"))
})

test("a service that changes its type has gone away, and a time that cannot be read ends nothing and is told once", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  reserve(cluster, "web", "a while")
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  const { metadata, status } = cluster.api.store.get(collections.services, "default/web") ?? assert.fail()
  cluster.service("web", { metadata, spec: { type: "ClusterIP" }, status: status ?? null })
  await cluster.clock.advance(3_600_000)
  cluster.service("other")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("other"), ["192.0.2.12"])
  const said = cluster.events().filter(event => event.startsWith("AddressReservation/"))
  assert.equal(said.length, 1)
  assert.match(said[0] ?? "", /^AddressReservation\/for-web ConfigurationProblem: spec\.ttl is "a while"; .*\[ML153\]$/)
})

test("where the kind is not known or may not be read, addresses are given as ever", async () => {
  for (const status of [403, 404]) {
    const cluster = world()
    cluster.pool("public", ["192.0.2.11/32"])
    cluster.api.fail({ status }, request => request.path.includes("addressreservations"), Number.POSITIVE_INFINITY)
    const { running } = start(cluster)
    cluster.service("web")
    await cluster.clock.advance(12_000)
    assert.deepEqual(running.missing(), [], String(status))
    assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"], String(status))
  }
})

test("nothing is given before the reservations were read", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  let broken = true
  const asksForThem = (path: string) => broken && path.includes("addressreservations")
  cluster.api.fail({ status: 500 }, ({ path }) => asksForThem(path), Number.POSITIVE_INFINITY)
  const { running } = start(cluster)
  cluster.service("web")
  await cluster.clock.advance(12_000)
  assert.deepEqual(running.missing(), ["AddressReservations not read yet"])
  assert.deepEqual(cluster.ingressOf("web"), [])
  broken = false
  await cluster.clock.advance(12_000)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
})

test("what happened while the controller could not renew its Lease is written once it can", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  reserve(cluster, "web", "1h")
  let remaining = Number.POSITIVE_INFINITY
  let told: LeadershipEvents | undefined
  const leadership: Leadership = {
    ...alwaysLeading(),
    start: events => {
      told = events
      events.lead("nobody")
    },
    remaining: () => remaining,
  }
  start(cluster, leadership)
  cluster.service("web")
  await rest(cluster)
  remaining = 0
  told?.suspend()
  remove(cluster, "web")
  await rest(cluster)
  assert.deepEqual(statusOf(cluster, "web"), { addresses: ["192.0.2.11"] })
  remaining = Number.POSITIVE_INFINITY
  told?.resume()
  await rest(cluster)
  assert.ok(statusOf(cluster, "web")?.awaySince !== undefined)
})
