import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"
import { BirdRouter, nodeAsn, routerAsn } from "./router.ts"

let cluster: Cluster
const pools = (range: string, name = "classic") =>
  `address-pools:\n- name: ${name}\n  protocol: layer2\n  addresses:\n  - ${range}\n`

before(async () => {
  cluster = await Cluster.ready("e2e-classic")
  await cluster.classic(undefined)
})
after(async () => {
  await cluster.classic(undefined)
  await cluster.remove()
})

test("a service that waits gets its address as soon as the ConfigMap is applied, and is announced without any advertisement", async () => {
  await cluster.expose({ name: "first" })
  await cluster.waitForEvent("first", "AllocationFailed")
  await cluster.classic(pools("192.168.1.21-192.168.1.22"))
  await cluster.expectAddresses("first", ["192.168.1.21"])
  assert.equal((await cluster.service("first")).metadata.annotations?.["metallb.io/ip-allocated-from-pool"], "classic")
  await cluster.expectAnswers("192.168.1.21")
})

test("a range added while it runs serves the next service and leaves the first alone", async () => {
  const { uid } = (await cluster.service("first")).metadata
  await cluster.classic(pools("192.168.1.21/32\n  - 192.168.1.31-192.168.1.32"))
  await cluster.expose({ name: "second" })
  await cluster.expectAddresses("second", ["192.168.1.31"])
  await cluster.expectAddresses("first", ["192.168.1.21"])
  assert.equal((await cluster.service("first")).metadata.uid, uid)
})

test("a broken edit is told with line and column, and nothing is lost", async () => {
  await cluster.classic("address-pools:\n- name: classic\n  protocol: layer2\n  adresses:\n  - 192.168.1.21/32\n")
  const message = await cluster.lab.waitFor(
    "an event about the ConfigMap",
    async () => (await cluster.events("config", installNamespace)).find(e => e.message.includes("adresses"))?.message,
    { timeoutMs: 15_000 },
  )
  assert.match(message, /line 4, column 3/)
  assert.match(message, /addresses/)
  await cluster.expectAnswers("192.168.1.21")
  assert.deepEqual(await cluster.addresses("first"), ["192.168.1.21"])
  assert.deepEqual(await cluster.addresses("second"), ["192.168.1.31"])
})

test("a mended edit that excludes an address moves its service to a new one", async () => {
  await cluster.classic(pools("192.168.1.31-192.168.1.33"))
  await cluster.expectAddresses("second", ["192.168.1.31"])
  await cluster.expectAddresses("first", ["192.168.1.32"])
  await cluster.expectAnswers("192.168.1.32")
  assert.deepEqual([...(await cluster.macsOf("192.168.1.21"))], [], "nobody answers for the old address")
})

test("a deleted service gives its address back", async () => {
  await cluster.kubectl(["delete", "service", "second"])
  await cluster.expose({ name: "third" })
  await cluster.expectAddresses("third", ["192.168.1.31"])
})

test("peers and a pool of protocol bgp in the ConfigMap: the router learns the address from every node, and no object of ours is needed", async () => {
  const router = await BirdRouter.start(cluster.lab)
  const vip = "10.97.8.1"
  try {
    await cluster.classic(`peers:
- my-asn: ${nodeAsn}
  peer-asn: ${routerAsn}
  peer-address: ${cluster.lab.plan.router.ipv4}
bgp-communities:
  ours: ${nodeAsn}:7
address-pools:
- name: flat
  protocol: layer2
  addresses: [192.168.1.31-192.168.1.33]
- name: routed
  protocol: bgp
  addresses: [10.97.8.1/32]
  bgp-advertisements:
  - communities: [ours]
`)
    await cluster.expose({ name: "routed", annotations: { "metallb.io/address-pool": "routed" } })
    await cluster.expectAddresses("routed", [vip])
    const { nodes } = cluster.lab
    await cluster.lab.waitFor(
      "every node tells the router, with the community",
      async () => {
        const told = await router.routes(`${vip}/32`)
        const said = nodes.map(node => `${node}: ${told.get(node)?.["community"] ?? "nothing"}`)
        if (said.every(one => one.endsWith(`: (${nodeAsn},7)`))) return true
        throw new Error(said.join(", "))
      },
      { timeoutMs: 30_000 },
    )
    await cluster.expectAnswers(vip)
    await cluster.expectAnswers("192.168.1.31")
    const state = await cluster.lab.mustKubectl([
      ...["-n", installNamespace, "get", "configurationstates"],
      ...["-o", "jsonpath={.items[*].status.result}"],
    ])
    assert.deepEqual([...new Set(state.split(" "))], ["Valid"])
  } finally {
    await router.stop()
  }
})
