import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const mac = "02:bb:00:00:00:01"

const start = (cluster: World) => {
  const agent = cluster.agent()
  const running = startController(agent.edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership: alwaysLeading(),
  })
  return { ...agent, running }
}

/** Moves time on until everything is read and done. */
const rest = (cluster: World) => cluster.clock.advance(3_000)

const key = (address: string) => `${installNamespace}/conflict-${address}`

/** What the owner's speaker writes when another machine answers. */
const report = (cluster: World, address: string, service = "web") =>
  cluster.put(collections.statuses, {
    metadata: {
      name: `conflict-${address}`,
      namespace: installNamespace,
      labels: { "metallb.io/address-conflict": "" },
    },
    spec: {},
    status: {
      conflict: { address, mac, interface: "eth0", node: "node-1", serviceName: service, serviceNamespace: "default" },
    },
  })

const quarantined = (cluster: World, pool = "public"): readonly Json[] => {
  const status = cluster.api.store.get(collections.pools, `${installNamespace}/${pool}`)?.["status"]
  return (status as { quarantined?: readonly Json[] } | undefined)?.quarantined ?? []
}

const addresses = (cluster: World) => quarantined(cluster).map(entry => (entry as { address: string }).address)

const conditionsOf = (cluster: World, name: string): readonly Json[] => {
  const status = cluster.api.store.get(collections.services, `default/${name}`)?.["status"]
  return (status as { conditions?: readonly Json[] } | undefined)?.conditions ?? []
}

const asks = (address: string) => ({ metadata: { annotations: { "metallb.io/loadBalancerIPs": address } } })

test("an address that another machine answers for is quarantined in the pool's status, and the service gets another one", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  const { metric } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.12"])
  const [entry] = quarantined(cluster)
  const { address, mac: who, since, until } = entry as Record<string, string>
  assert.deepEqual([address, who], ["192.0.2.11", mac])
  assert.equal(Date.parse(until ?? "") - Date.parse(since ?? ""), 600_000)
  assert.deepEqual(cluster.events().slice(1).sort(), [
    `IPAddressPool/public AddressQuarantined: 192.0.2.11 is quarantined until ${until}: ${mac} answers for it [ML170]`,
    `Service/web ClearAssignment: ${mac} answers for 192.0.2.11 [ML171]`,
    'Service/web IPAllocated: 192.0.2.12 from pool "public" [ML100]',
  ])
  assert.equal(metric('metallb_allocator_addresses_quarantined{pool="public"}'), "1")
  assert.equal(cluster.api.store.get(collections.statuses, key("192.0.2.11")), undefined, "the report is done with")
  cluster.service("next")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("next"), ["192.0.2.13"])
})

test("the counters count a quarantined address as neither held nor free", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  const status = cluster.api.store.get(collections.pools, `${installNamespace}/public`)?.["status"] as Record<
    string,
    Json
  >
  assert.deepEqual([status["assignedIPv4"], status["availableIPv4"]], [1, 1])
})

test("services that share the address move on together", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  start(cluster)
  const shared = { annotations: { "metallb.io/allow-shared-ip": "k" } }
  cluster.service("web", { metadata: shared })
  cluster.service("mail", { metadata: shared, spec: { ports: [{ port: 25, protocol: "TCP" }] } })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("mail"), ["192.0.2.11"])
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual([cluster.ingressOf("web"), cluster.ingressOf("mail")], [["192.0.2.12"], ["192.0.2.12"]])
})

test("an address asked for by name stays, with a condition and a warning that name who has it, until the report is taken back", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  start(cluster)
  const other = { type: "example.com/Other", status: "True" }
  cluster.service("web", {
    ...asks("192.0.2.11"),
    status: { loadBalancer: {}, conditions: [other] },
  })
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  const message = `${mac} answers for 192.0.2.11, which is kept as asked for and not announced [ML173]`
  assert.ok(cluster.events().includes(`Service/web addressConflict: ${message}`))
  const [first, second] = conditionsOf(cluster, "web") as readonly Record<string, string>[]
  assert.deepEqual(first, other, "conditions of others stay")
  assert.deepEqual(
    [second?.["type"], second?.["status"], second?.["reason"], second?.["message"]],
    ["metallb.io/AddressConflict", "True", "AnsweredByAnotherMachine", message],
  )
  assert.deepEqual(addresses(cluster), ["192.0.2.11"])
  assert.notEqual(cluster.api.store.get(collections.statuses, key("192.0.2.11")), undefined, "the service still has it")
  const writes = cluster.api.writes().length
  await cluster.clock.advance(3_600_000)
  assert.ok(cluster.api.writes().length - writes <= 4, "quarantines that follow each other, and nothing else")
  cluster.api.store.remove(collections.statuses, key("192.0.2.11"))
  await rest(cluster)
  assert.deepEqual(conditionsOf(cluster, "web"), [other])
  assert.deepEqual(addresses(cluster), [])
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
})

test("a service that comes to ask for a contested address gets it, and one that stops asking moves on", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  start(cluster)
  cluster.service("web", asks("192.0.2.11"))
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  const { status } = cluster.api.store.get(collections.services, "default/web") ?? assert.fail()
  const annotations = { "metallb.io/ip-allocated-from-pool": "public" }
  cluster.service("web", { metadata: { annotations }, status: status ?? null })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.12"])
  assert.deepEqual(conditionsOf(cluster, "web"), [])
  cluster.service("named", asks("192.0.2.11"))
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("named"), ["192.0.2.11"])
  assert.ok(
    cluster
      .events()
      .some(event => /^Service\/named addressConflict: 192\.0\.2\.11 is quarantined until .*\[ML170\]$/.test(event)),
  )
})

test("a quarantine survives the controller: the next one finds it in the status, and gives the address to nobody", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  const first = start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  await first.running.stop()
  const { metric } = start(cluster)
  await rest(cluster)
  cluster.service("next")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("next"), ["192.0.2.13"])
  assert.equal(metric('metallb_allocator_addresses_quarantined{pool="public"}'), "1")
  cluster.service("last")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("last"), [])
})

test("a report that came while no controller ran is acted on by the next one", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  cluster.service("web", {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.11" }] } },
  })
  report(cluster, "192.0.2.11")
  start(cluster)
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.12"])
  assert.deepEqual(addresses(cluster), ["192.0.2.11"])
})

test("who waits for want of another address is served when the quarantine is over, and the next one is twice as long", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), [])
  assert.ok(cluster.events().some(event => event.includes("public: full: 0 of 1 held, 1 withheld [ML172]")))
  await cluster.clock.advance(590_000)
  assert.deepEqual(cluster.ingressOf("web"), [])
  await cluster.clock.advance(10_000)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), [])
  const [{ since = "", until = "" } = {}] = quarantined(cluster) as readonly Record<string, string>[]
  assert.equal(Date.parse(until) - Date.parse(since), 1_200_000)
})

test("an entry that somebody takes out of the status is over at once", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), [])
  const pool = cluster.api.store.get(collections.pools, `${installNamespace}/public`) ?? assert.fail()
  cluster.put(collections.pools, { ...pool, status: { ...(pool["status"] as object), quarantined: [] } })
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  assert.deepEqual(addresses(cluster), [])
})

test("a list that somebody changed at the same moment is written again on what it is then", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  cluster.api.fail(
    { status: 409, reason: "Conflict" },
    ({ path, method }) => method === "PATCH" && path.includes("/ipaddresspools/"),
  )
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(addresses(cluster), ["192.0.2.11"])
})

test("a pool of the ConfigMap has no status: the quarantine is kept in memory", async () => {
  const cluster = world()
  cluster.legacy("address-pools:\n- name: old\n  protocol: layer2\n  addresses: [192.0.2.11-192.0.2.12]\n")
  const { metric } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.12"])
  assert.equal(metric('metallb_allocator_addresses_quarantined{pool="old"}'), "1")
  cluster.service("next")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("next"), [])
})

test("a cluster that does not know the kind of the reports, or may not read them, works without them", async () => {
  for (const status of [404, 403]) {
    const cluster = world()
    cluster.api.fail({ status }, ({ path }) => path.endsWith("/servicel2statuses"), 1_000)
    cluster.pool("public", ["192.0.2.11/32"])
    const { running } = start(cluster)
    cluster.service("web")
    await rest(cluster)
    assert.deepEqual(running.missing(), [])
    assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  }
})

test("stopping leaves no timer", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11-192.0.2.13"])
  const { running } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  report(cluster, "192.0.2.11")
  await rest(cluster)
  const stopping = running.stop()
  await rest(cluster)
  await stopping
  assert.equal(cluster.clock.timers(), 0)
})
