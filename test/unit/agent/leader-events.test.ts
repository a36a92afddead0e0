import assert from "node:assert/strict"
import { test } from "node:test"
import { installNamespace, world } from "./harness.ts"
import { holder, leases, start } from "./leading.ts"

test("no event is sent after the renewal deadline, and none is lost when the Lease is renewed again", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const one = start(cluster, "a")
  await cluster.clock.advance(3_000)
  const eventsSent = () => cluster.api.requests.filter(({ path }) => path.endsWith("/events")).length
  const isLease = ({ path }: { readonly path: string }) => path.includes("/leases")
  // Renewals fail from now on, and events are put off by the server for as long.
  let failing = true
  cluster.api.fail(
    { status: 503 },
    request => failing && (isLease(request) || request.path.endsWith("/events")),
    10_000,
  )
  cluster.service("web")
  await cluster.clock.advance(11_000)
  const atDeadline = eventsSent()
  assert.ok(atDeadline > 3, `${atDeadline} attempts before the deadline`)
  await cluster.clock.advance(60_000)
  assert.equal(eventsSent(), atDeadline)
  failing = false
  await cluster.clock.until("the event is told", () => cluster.events().length > 0, 60_000)
  assert.equal(one.leads(), true)
  assert.deepEqual(cluster.events(), ['Service/web IPAllocated: 192.0.2.0 from pool "public" [ML100]'])
})

test("a stop releases the Lease though an event hangs, and sends none afterwards", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const one = start(cluster, "a")
  await cluster.clock.advance(3_000)
  cluster.api.fail("silence", ({ path }) => path.endsWith("/events"), 10)
  cluster.service("web")
  await cluster.clock.advance(500)
  const stopping = one.running.stop()
  await cluster.clock.advance(100)
  assert.equal(holder(cluster), undefined)
  await stopping
  const before = cluster.api.requests.length
  await cluster.clock.advance(60_000)
  assert.equal(cluster.api.requests.length, before)
})

test("what is wrong with the configuration is an event of whoever comes to lead, though it saw that as a standby", async () => {
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
  const one = start(cluster, "a")
  await cluster.clock.advance(3_000)
  cluster.pool("broken", ["nonsense"])
  await cluster.clock.advance(3_000)
  assert.deepEqual([one.leads(), cluster.events()], [false, []])
  await cluster.clock.advance(12_000)
  assert.equal(one.leads(), true)
  const told = cluster.events()
  assert.equal(told.length, 1)
  assert.match(told[0] ?? "", /^IPAddressPool\/broken ConfigurationProblem: /)
  await cluster.clock.advance(60_000)
  assert.equal(cluster.events().length, 1)
})
