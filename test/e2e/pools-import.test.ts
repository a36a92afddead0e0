import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startProbe } from "../client/client.ts"
import { seenDuring } from "./address-watch.ts"
import { Cluster, installNamespace } from "./cluster.ts"
import { BirdRouter, nodeAsn, routerAsn } from "./router.ts"

let cluster: Cluster
let router: BirdRouter
const flat = ["192.168.1.221", "192.168.1.222"] as const
const routed = "10.97.9.1"
const held: readonly (readonly [string, string])[] = [
  ["first", flat[0]],
  ["second", flat[1]],
  ["routed", routed],
]
const names = held.map(([name]) => name)

before(async () => {
  cluster = await Cluster.ready("e2e-import")
  router = await BirdRouter.start(cluster.lab)
  await cluster.classic(`peers:
- my-asn: ${nodeAsn}
  peer-asn: ${routerAsn}
  peer-address: ${cluster.lab.plan.router.ipv4}
bgp-communities:
  ours: ${nodeAsn}:7
address-pools:
- name: My_Ip_Space
  protocol: layer2
  addresses: [${flat[0]}-192.168.1.224]
- name: routed
  protocol: bgp
  addresses: [${routed}/32]
  auto-assign: false
  bgp-advertisements:
  - communities: [ours]
`)
  for (const name of ["first", "second"]) await cluster.expose({ name })
  await cluster.expose({ name: "routed", annotations: { "metallb.io/address-pool": "routed" } })
  for (const [name, address] of held) {
    await cluster.expectAddresses(name, [address])
    await cluster.expectAnswers(address, 3, 40_000)
  }
})
after(async () => {
  await router.stop()
  await cluster.remove()
  await cluster.classic(undefined)
  for (const pool of ["my-ip-space", "routed"]) await cluster.removePool(pool)
  await cluster.lab.mustKubectl([
    ...["-n", installNamespace, "delete", "bgppeers,bgpadvertisements,communities", "--all"],
  ])
})

const pool = (name: string) =>
  cluster.lab.mustKubectl([
    ...["-n", installNamespace, "get", "ipaddresspool", name, "-o"],
    "jsonpath={.status.assignedIPv4} {.status.availableIPv4}",
  ])

const record = async (name: string) =>
  (await cluster.service(name)).metadata.annotations?.["metallb.io/ip-allocated-from-pool"]

test("pools import --apply turns the ConfigMap into resources, and no assigned address changes for a moment, nor is a request lost", async () => {
  const plan = await cluster.lab.kubectl(["metallb", "pools", "import"], { timeoutMs: 60_000 })
  assert.equal(plan.code, 0, plan.stderr)
  assert.match(plan.stdout, /3 of 3 services keep their address and their protocol/)
  const probes = await Promise.all(held.map(([, address]) => startProbe(cluster.lab, address, 80)))
  const seen = await seenDuring(cluster, names, async () => {
    await cluster.lab.mustKubectl(["metallb", "pools", "import", "--apply"], { timeoutMs: 60_000 })
    await cluster.lab.waitFor(
      "the records name the pool as it is called now",
      async () => (await record("second")) === "my-ip-space",
      {
        timeoutMs: 15_000,
      },
    )
    await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "configmap", "config"])
    await cluster.lab.waitFor("the resources count what is held", async () => (await pool("my-ip-space")) === "2 2", {
      timeoutMs: 15_000,
    })
    // A service that comes now is served after whatever the change began.
    await cluster.expose({ name: "third" })
    await cluster.expectAddresses("third", ["192.168.1.223"])
  })
  const reports = await Promise.all(probes.map(probe => probe.stop()))
  for (const [at, [name, address]] of held.entries()) {
    assert.deepEqual(seen.get(name), [address], name)
    assert.equal(reports[at]?.lost, 0, `${name}: ${JSON.stringify(reports[at])}`)
  }
  assert.equal(await record("routed"), "routed")
})

test("what was imported works without the ConfigMap: states are Valid, the router is told with the community, a restart moves nothing", async () => {
  const state = await cluster.lab.mustKubectl([
    ...["-n", installNamespace, "get", "configurationstates"],
    ...["-o", "jsonpath={.items[*].status.result}"],
  ])
  assert.deepEqual([...new Set(state.split(" "))], ["Valid"])
  const { nodes } = cluster.lab
  const told = await router.routes(`${routed}/32`)
  for (const node of nodes) assert.equal(told.get(node)?.["community"], `(${nodeAsn},7)`, node)
  const seen = await seenDuring(cluster, names, async () => {
    await cluster.crash(await cluster.agentPod("controller"))
    await cluster.expose({ name: "fourth" })
    await cluster.expectAddresses("fourth", ["192.168.1.224"], 60_000)
  })
  for (const [name, address] of held) assert.deepEqual(seen.get(name), [address], name)
  for (const [, address] of held) await cluster.expectAnswers(address)
})
