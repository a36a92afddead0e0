import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const start = (cluster: World, lbClass = "") => {
  const agent = cluster.agent()
  const running = startController(agent.edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass,
    leadership: alwaysLeading(),
  })
  return { ...agent, running }
}

/** Moves time on until the controller has read everything and done what there is to do. */
const rest = (cluster: World) => cluster.clock.advance(3_000)

const serviceWrites = (cluster: World) =>
  cluster.api.writes().filter(request => request.path.includes("/services/") && request.path.endsWith("/status"))

const shares = (key: string, port: number) => ({
  metadata: { annotations: { "metallb.io/allow-shared-ip": key } },
  spec: { ports: [{ port, protocol: "TCP" }] },
})

/** Another version of a service, with the status and annotations that it has. */
const edit = (cluster: World, name: string, spec: Record<string, never> | object, annotations: object = {}) => {
  const before = cluster.api.store.get(collections.services, `default/${name}`) ?? assert.fail()
  const known = before.metadata["annotations"] as object | undefined
  cluster.put(collections.services, {
    ...before,
    metadata: { ...before.metadata, annotations: { ...known, ...annotations } },
    spec: { ...(before["spec"] as object), ...spec },
  })
}

test("2.1 fields that are not the controller's business change nothing, and nothing but address and record is written", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  const spec = {
    externalIPs: ["198.51.100.7"],
    loadBalancerSourceRanges: ["198.51.100.0/24"],
    allocateLoadBalancerNodePorts: false,
    publishNotReadyAddresses: true,
  }
  cluster.service("web", { metadata: { finalizers: ["example.org/other"] }, spec })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  const [write, ...more] = serviceWrites(cluster)
  assert.deepEqual(more, [])
  const body = (typeof write?.body === "string" ? JSON.parse(write.body) : write?.body) as Record<string, object>
  assert.deepEqual(Object.keys(body).sort(), ["metadata", "status"])
  assert.deepEqual(Object.keys(body["metadata"] ?? {}).sort(), ["annotations", "resourceVersion"])
  assert.deepEqual(Object.keys(body["status"] ?? {}), ["loadBalancer"])
  const after = cluster.api.store.get(collections.services, "default/web")
  assert.deepEqual(after?.metadata["finalizers"], ["example.org/other"])
})

test("2.2 the deletion of a service frees its address whatever class it had last", async () => {
  const cluster = world()
  const ours = { loadBalancerClass: "example.com/ours" }
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster, ours.loadBalancerClass)
  cluster.service("first", { spec: ours })
  await rest(cluster)
  cluster.service("waits", { spec: ours })
  await rest(cluster)
  assert.deepEqual([cluster.ingressOf("first"), cluster.ingressOf("waits")], [["192.0.2.11"], []])
  // The watch tells both changes at once: of the service without its class nothing is seen but that it is gone.
  edit(cluster, "first", { type: "ClusterIP", loadBalancerClass: null })
  cluster.api.store.remove(collections.services, "default/first")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("waits"), ["192.0.2.11"])
})

test("2.7 a sharing key that changes lets a service in that waits for it", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first", shares("a", 80))
  await rest(cluster)
  cluster.service("second", shares("b", 443))
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("second"), [])
  edit(cluster, "first", {}, { "metallb.io/allow-shared-ip": "b" })
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("second"), ["192.0.2.11"])
})

test("2.7 a port that a sharer gives up lets a service in that waits for it", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first", shares("a", 80))
  await rest(cluster)
  cluster.service("second", shares("a", 80))
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("second"), [])
  edit(cluster, "first", { ports: [{ port: 8080, protocol: "TCP" }] })
  await cluster.clock.settle()
  assert.deepEqual(cluster.ingressOf("second"), ["192.0.2.11"])
})

test("3.4 a namespace that gets the label of a pool's selector may use the pool, and one that loses it loses the address", async () => {
  const cluster = world()
  cluster.pool("gold", ["192.0.2.11/32"], {
    serviceAllocation: { namespaceSelectors: [{ matchLabels: { tier: "gold" } }] },
  })
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), [])
  cluster.put(collections.namespaces, { metadata: { name: "default", labels: { tier: "gold" } } })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  cluster.put(collections.namespaces, { metadata: { name: "default", labels: {} } })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), [])
})

test("3.7 a pool of which only labels or status change, a namespace that no pool names, an advertisement and a peer make nobody look at a service", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const { metric } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  const looks = () => metric("metallb_k8s_client_updates_total")
  const before = looks()
  const pool = cluster.api.store.get(collections.pools, `${installNamespace}/public`) ?? assert.fail()
  cluster.put(collections.pools, { ...pool, metadata: { ...pool.metadata, labels: { a: "b" } } })
  cluster.put(collections.pools, { ...pool, status: { assignedIPv4: 99 } })
  cluster.put(collections.namespaces, { metadata: { name: "another", labels: { x: "y" } } })
  cluster.l2Advertisement("all")
  await rest(cluster)
  cluster.l2Advertisement("all", { ipAddressPools: ["public"] })
  const peer = { myASN: 64512, peerASN: 64513, peerAddress: "198.51.100.1" }
  cluster.put("metallb.io/bgppeers", { metadata: { name: "router", namespace: installNamespace }, spec: peer })
  await rest(cluster)
  cluster.put("metallb.io/bgpadvertisements", { metadata: { name: "all", namespace: installNamespace }, spec: {} })
  await rest(cluster)
  assert.equal(looks(), before)
  cluster.pool("public", ["192.0.2.0/25"])
  await rest(cluster)
  assert.notEqual(looks(), before)
})

test("3.7 pools are followed live: a range that is added serves who waits, and nothing moves", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first")
  await rest(cluster)
  cluster.service("second")
  await rest(cluster)
  cluster.pool("public", ["192.0.2.5/32", "192.0.2.11/32"])
  await rest(cluster)
  assert.deepEqual([cluster.ingressOf("first"), cluster.ingressOf("second")], [["192.0.2.11"], ["192.0.2.5"]])
})

test("2.5 a pool that gains a family gives the address that is missing and leaves the other where it is", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  const both = { clusterIPs: ["10.96.0.1", "fd00::1"], ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "PreferDualStack" }
  cluster.service("web", { spec: both })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  cluster.pool("public", ["192.0.2.0/28", "2001:db8::/120"])
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11", "2001:db8::"])
})

test("2.5 changes of ipFamilyPolicy and families: grow, shrink, and turn round", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/28", "2001:db8::/120"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  const dual = { clusterIPs: ["10.96.0.1", "fd00::1"], ipFamilies: ["IPv4", "IPv6"] }
  edit(cluster, "web", { ...dual, ipFamilyPolicy: "RequireDualStack" })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0", "2001:db8::"])
  edit(cluster, "web", { clusterIPs: ["fd00::1"], ipFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["2001:db8::"])
  edit(cluster, "web", { clusterIPs: ["10.96.0.1"], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  edit(cluster, "web", { ...dual, ipFamilyPolicy: "PreferDualStack" })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0", "2001:db8::"])
})

test("4 a ConfigMap bgpextras is not asked for", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  cluster.put(collections.configMaps, {
    metadata: { name: "bgpextras", namespace: installNamespace },
    data: { extras: "log syslog" },
  })
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  const asked = cluster.api.requests.filter(({ path }) => path.includes("configmaps"))
  assert.ok(asked.length > 0)
  for (const { query } of asked) assert.equal(query.get("fieldSelector"), "metadata.name=config")
})
