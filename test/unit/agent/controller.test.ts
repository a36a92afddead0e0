import assert from "node:assert/strict"
import { test } from "node:test"
import { rest, serviceWrites, start } from "./controlling.ts"
import { collections, installNamespace, world } from "./harness.ts"

test("a service gets the lowest address of a pool in one write that carries the record too, and one event", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  start(cluster)
  await rest(cluster)
  cluster.service("web")
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  assert.equal(cluster.recordOf("web"), "public")
  await rest(cluster)
  assert.equal(serviceWrites(cluster).length, 1)
  assert.deepEqual(cluster.events(), ['Service/web IPAllocated: 192.0.2.11 from pool "public" [ML100]'])
})

test("services that came before the controller are served older first", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  cluster.service("b", { metadata: { creationTimestamp: "2026-01-01T00:00:01Z" } })
  cluster.service("c", { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" } })
  cluster.service("a", { metadata: { creationTimestamp: "2026-01-01T00:00:02Z" } })
  const { running } = start(cluster)
  assert.equal(running.missing().length, 7)
  await rest(cluster)
  assert.deepEqual(running.missing(), [])
  assert.deepEqual(["a", "b", "c"].map(cluster.ingressOf), [[], ["192.0.2.12"], ["192.0.2.11"]])
  assert.ok(cluster.events().some(event => event.startsWith("Service/a AllocationFailed: ")))
})

test("services that arrive together get the same addresses in either order, and so do those that wait for what goes with them", async () => {
  for (const arrival of [
    ["a", "b", "c"],
    ["c", "b", "a"],
  ]) {
    const cluster = world()
    cluster.pool("public", ["192.0.2.11-192.0.2.13"])
    start(cluster)
    await rest(cluster)
    for (const name of arrival) cluster.service(name)
    await rest(cluster)
    assert.deepEqual(
      ["a", "b", "c"].map(name => cluster.ingressOf(name)),
      [["192.0.2.11"], ["192.0.2.12"], ["192.0.2.13"]],
    )
    cluster.service("waits")
    await rest(cluster)
    const age = { metadata: { creationTimestamp: "2025-01-01T00:00:00Z" } }
    const changes = [
      () => cluster.service("older", age),
      () => cluster.api.store.remove(collections.services, "default/b"),
    ]
    for (const change of arrival[0] === "a" ? changes : changes.reverse()) change()
    await rest(cluster)
    assert.deepEqual([cluster.ingressOf("older"), cluster.ingressOf("waits")], [["192.0.2.12"], []])
  }
})

test("an address that comes free by deletion goes to the service that waits", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first")
  await rest(cluster)
  cluster.service("second")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("second"), [])
  cluster.api.store.remove(collections.services, "default/first")
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("second"), ["192.0.2.11"])
})

test("a service that waits for an address to cool gets it when the time is over, without any other news", async () => {
  const cluster = world()
  const order = { allocationOrder: "least-recently-used", coolingTime: "10m" }
  cluster.pool("public", ["192.0.2.11/32"], order)
  start(cluster)
  cluster.service("first")
  await rest(cluster)
  cluster.api.store.remove(collections.services, "default/first")
  await rest(cluster)
  cluster.service("second")
  await rest(cluster)
  assert.ok(cluster.events().some(event => /^Service\/second AllocationFailed: .*\[ML141\]/.test(event)))
  await cluster.clock.advance(580_000)
  assert.deepEqual(cluster.ingressOf("second"), [])
  await cluster.clock.advance(20_000)
  assert.deepEqual(cluster.ingressOf("second"), ["192.0.2.11"])
  assert.equal(cluster.events().filter(event => event.startsWith("Service/second ")).length, 2)
})

test("an address that a node carries is passed over, given when it is asked for, and free again once the node is gone", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.12"])
  const addresses = [{ type: "InternalIP", address: "192.0.2.11" }]
  cluster.put(collections.nodes, { metadata: { name: "node-1" }, spec: {}, status: { addresses } })
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.12"])
  cluster.service("late")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("late"), [])
  const waits = cluster.events().find(event => event.startsWith("Service/late AllocationFailed"))
  assert.equal(waits, "Service/late AllocationFailed: public: full: 1 of 2 held, 1 withheld [ML172] [ML118]")
  cluster.service("named", { metadata: { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.11" } } })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("named"), ["192.0.2.11"])
  const warning = "Service/named addressConflict: 192.0.2.11 is an address of node node-1 [ML135]"
  assert.ok(cluster.events().includes(warning))
  cluster.api.store.remove(collections.services, "default/named")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("late"), [])
  cluster.api.store.remove(collections.nodes, "node-1")
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("late"), ["192.0.2.11"])
})

test("a type that changes away from LoadBalancer takes address and record away", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first")
  cluster.service("second")
  await rest(cluster)
  const { metadata, status } = cluster.api.store.get(collections.services, "default/first") ?? assert.fail()
  cluster.service("first", { metadata, spec: { type: "ClusterIP" }, status: status ?? null })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("first"), [])
  assert.equal(cluster.recordOf("first"), undefined)
  assert.deepEqual(cluster.ingressOf("second"), ["192.0.2.11"])
})

test("the record of an older MetalLB is taken over in one write, and cleared with the address", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const annotationsOf = (name: string) =>
    cluster.api.store.get(collections.services, `default/${name}`)?.metadata["annotations"]
  const before = (name: string, address: string, spec: Record<string, string> = {}) =>
    cluster.service(name, {
      metadata: { annotations: { "metallb.universe.tf/ip-allocated-from-pool": "public", mine: "yes" } },
      spec,
      status: { loadBalancer: { ingress: [{ ip: address }] } },
    })
  before("web", "192.0.2.7")
  before("gone", "192.0.2.8", { type: "ClusterIP" })
  start(cluster)
  await rest(cluster)
  assert.deepEqual(annotationsOf("web"), { "metallb.io/ip-allocated-from-pool": "public", mine: "yes" })
  assert.deepEqual(annotationsOf("gone"), { mine: "yes" })
  assert.deepEqual([cluster.ingressOf("web"), cluster.ingressOf("gone")], [["192.0.2.7"], []])
  assert.equal(serviceWrites(cluster).length, 2)
  assert.deepEqual(
    cluster.events().filter(event => event.includes("deprecatedAnnotation")),
    [],
  )
})

test("an address outside the valid configuration is cleared and another given", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.service("held", {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "gone" } },
    status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } },
  })
  start(cluster)
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("held"), ["192.0.2.0"])
  assert.equal(cluster.recordOf("held"), "public")
})

test("the ConfigMap of old is read, followed live, and its deletion with nothing else left clears nothing", async () => {
  const cluster = world()
  const { lines } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), [])
  cluster.legacy("address-pools:\n- name: nginx\n  protocol: layer2\n  addresses:\n  - 192.168.1.11-192.168.1.13\n")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.168.1.11"])
  cluster.legacy("address-pools:\n- name: nginx\n  protocol: layer2\n  addresses:\n  - 192.168.1.12-192.168.1.13\n")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.168.1.12"])
  cluster.legacy("address-pools\n- name: nginx\n")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.168.1.12"])
  assert.ok(lines.some(line => line.includes("configmap/config") && line.includes("line 1")))
  cluster.api.store.remove(collections.configMaps, `${installNamespace}/config`)
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.168.1.12"])
})

test("a burst of 1,000 services costs one write each, and pool status at most two writes a second", async () => {
  const cluster = world()
  cluster.pool("public", ["10.0.0.0/16"])
  cluster.pool("second", ["10.1.0.0/16"], { autoAssign: false })
  const { metric } = start(cluster)
  await rest(cluster)
  const before = cluster.api.writes().length
  const began = cluster.clock.monotonic()
  for (let i = 0; i < 1_000; i++) cluster.service(`s${i}`)
  await cluster.clock.until("all assigned", () => cluster.ingressOf("s999").length === 1)
  await rest(cluster)
  assert.equal(serviceWrites(cluster).length, 1_000)
  const seconds = (cluster.clock.monotonic() - began) / 1_000
  const others = cluster.api.writes().length - before - 1_000
  assert.ok(others <= Math.ceil(seconds * 2), `${others} other writes in ${seconds} s`)
  const given = new Set(
    cluster.api.store.list(collections.services).map(({ metadata }) => cluster.ingressOf(metadata.name)[0]),
  )
  assert.equal(given.size, 1_000)
  assert.deepEqual(cluster.countersOf("public"), {
    assignedIPv4: 1_000,
    assignedIPv6: 0,
    availableIPv4: 64_536,
    availableIPv6: 0,
  })
  assert.equal(metric('metallb_allocator_addresses_in_use_total{pool="public"}'), "1000")
})

test("a pool that never rests does not keep the counters of another waiting", async () => {
  const cluster = world()
  cluster.pool("busy", ["10.0.0.0/16"])
  cluster.pool("quiet", ["10.1.0.0/16"], { autoAssign: false })
  start(cluster)
  await rest(cluster)
  const quiet = () =>
    cluster.api.store.get(collections.pools, `${installNamespace}/quiet`)?.["status"] as { assignedIPv4?: number }
  cluster.service("asks", { metadata: { annotations: { "metallb.io/address-pool": "quiet" } } })
  for (let i = 0; i < 40 && quiet().assignedIPv4 !== 1; i++) {
    cluster.service(`s${i}`)
    await cluster.clock.advance(100)
  }
  assert.equal(quiet().assignedIPv4, 1)
})

test("services that wait cost nothing while others are given addresses", async () => {
  const cluster = world()
  cluster.pool("public", ["10.0.0.0/16"])
  const { metric } = start(cluster)
  await rest(cluster)
  for (let i = 0; i < 200; i++)
    cluster.service(`w${i}`, { metadata: { annotations: { "metallb.io/address-pool": "no" } } })
  await rest(cluster)
  const before = Number(metric("metallb_k8s_client_updates_total"))
  for (let i = 0; i < 100; i++) cluster.service(`s${i}`)
  await rest(cluster)
  const looks = Number(metric("metallb_k8s_client_updates_total")) - before
  assert.ok(looks >= 100 && looks <= 300, `${looks} looks for 100 services`)
})

test("the counters of an IPv6 pool above 2^53 are written exactly", async () => {
  const cluster = world()
  cluster.pool("six", ["2001:db8::/64"])
  const bodies: string[] = []
  const inner = cluster.api.transport.send
  Object.assign(cluster.api.transport, {
    send: (wire: Parameters<typeof inner>[0]) => {
      if (wire.path.includes("ipaddresspools/six/status") && !wire.body?.includes("conditions"))
        bodies.push(wire.body ?? "")
      return inner(wire)
    },
  })
  start(cluster)
  await rest(cluster)
  assert.deepEqual(bodies, [
    '{"status":{"assignedIPv4":0,"assignedIPv6":0,"availableIPv4":0,"availableIPv6":9223372036854775807}}',
  ])
})

test("services of another class are left alone, those of one's own class are served", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  start(cluster, "example.com/metal")
  cluster.service("plain")
  cluster.service("ours", { spec: { loadBalancerClass: "example.com/metal" } })
  await rest(cluster)
  assert.deepEqual([cluster.ingressOf("plain"), cluster.ingressOf("ours")], [[], ["192.0.2.0"]])
})

test("stopping ends everything at once and leaves no timer", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const { running } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  await running.stop()
  await cluster.clock.settle()
  assert.equal(cluster.api.openWatches, 0)
  assert.equal(cluster.clock.timers(), 0)
})
