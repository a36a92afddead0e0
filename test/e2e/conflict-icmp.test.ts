import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"
import { HostBehindRouter } from "./host-behind-router.ts"
import { watchKernelRoutes } from "./kernel-routes.ts"
import { BirdRouter, nodeAsn, routerAsn } from "./router.ts"

let cluster: Cluster
let router: BirdRouter
const name = "e2e-conflict-icmp"
/** On no network of a node, and behind the router there is one like it. */
const taken = "10.99.8.1"
const next = "10.99.8.2"

const object = (kind: string, version: string, spec: object) => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name, namespace: installNamespace },
  spec,
})

const nodes = (): readonly string[] => cluster.lab.plan.nodes.map(node => node.name).sort()

const eventually = <T>(what: string, look: () => Promise<T>, timeoutMs = 15_000) =>
  cluster.lab.waitFor(what, look, { timeoutMs, everyMs: 50 })

const expectRoutes = (address: string, from: readonly string[]) =>
  eventually(`${from.length} nodes tell the router of ${address}`, async () => {
    const told = [...(await router.routes(`${address}/32`)).keys()].sort()
    if (told.join() === from.join()) return true
    throw new Error(told.join() || "none")
  })

const expectEvent = (service: string, text: string) =>
  eventually(text, async () => {
    const told = (await cluster.events(service)).map(({ reason, message }) => `${reason}: ${message}`)
    if (told.includes(text)) return true
    throw new Error(told.join("; ") || "no event")
  })

before(async () => {
  cluster = await Cluster.ready(name)
  await cluster.classic(undefined)
  router = await BirdRouter.start(cluster.lab)
  await cluster.lab.apply([
    object("IPAddressPool", "v1beta1", {
      addresses: ["10.99.8.0/28"],
      avoidBuggyIPs: true,
      conflictCheck: "icmp",
      autoAssign: false,
    }),
    object("BGPAdvertisement", "v1beta1", { ipAddressPools: [name] }),
    object("BGPPeer", "v1beta2", {
      myASN: nodeAsn,
      peerASN: routerAsn,
      peerAddress: cluster.lab.plan.router.ipv4,
    }),
  ])
  for (const node of nodes())
    await eventually(`a session with ${node}`, async () => (await router.isUp(node)) || undefined)
})
after(async () => {
  await cluster.remove()
  await cluster.lab.mustKubectl([
    "-n",
    installNamespace,
    "delete",
    "bgppeer,bgpadvertisement,ipaddresspool",
    name,
    "--ignore-not-found",
  ])
  await router.stop()
})

test("an address that only routers are told of, and that a host behind them has, is never told: the service gets the next one, which every node tells", async () => {
  const host = await HostBehindRouter.plug(cluster.lab, taken)
  const kernel = watchKernelRoutes(cluster.lab)
  try {
    for (const node of nodes())
      await eventually(`${taken} answers ${node}`, async () => {
        const { code } = await cluster.lab.exec(node, ["ping", "-c", "1", "-W", "1", taken])
        return code === 0 || undefined
      })
    await cluster.expose({ name: "far", annotations: { "metallb.io/address-pool": name } })
    await cluster.expectAddresses("far", [next], 15_000)
    await expectEvent("far", `announceFailed: ${taken} answers ICMP echo requests, so it is not announced [ML349]`)
    await expectRoutes(next, nodes())
    assert.deepEqual([...(await router.routes(`${taken}/32`)).keys()], [], "nobody tells of the one that is taken")
    assert.deepEqual(
      kernel.changes.filter(change => JSON.stringify(change).includes(`${taken}"`)),
      [],
      "and nobody did",
    )
    const shown = (await cluster.plugin(["pools", "show", name, "--addresses"])).stdout
    assert.match(shown, new RegExp(`${taken} .*quarantined until \\S+: a host behind a router answers`), shown)
    await cluster.expectAnswers(next, 20)
  } finally {
    await kernel.stop()
    await host.unplug()
  }
})

test("a service that asks for it by name keeps it, told by nobody, until the host is gone", async () => {
  const host = await HostBehindRouter.plug(cluster.lab, taken)
  try {
    await cluster.expose({ name: "named", annotations: { "metallb.io/loadBalancerIPs": taken } })
    await cluster.expectAddresses("named", [taken])
    await expectEvent("named", `announceFailed: ${taken} answers ICMP echo requests, so it is not announced [ML349]`)
    assert.deepEqual([...(await router.routes(`${taken}/32`)).keys()], [])
  } finally {
    await host.unplug()
  }
  await expectRoutes(taken, nodes())
})
