import assert from "node:assert/strict"
import { test } from "node:test"
import type { Running } from "../../../agent/edges.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { behindRouter } from "./behind-router.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { endpoints, member, reports } from "./first-using.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"
import { scriptedRouter } from "./scripted-router.ts"

const put = (cluster: World, collection: string, name: string, spec: Record<string, Json>) =>
  cluster.put(`metallb.io/${collection}`, { metadata: { name, namespace: installNamespace, generation: 1 }, spec })

const farPool = (cluster: World, conflictCheck = "icmp") => cluster.pool("far", ["10.9.0.0/28"], { conflictCheck })

/** Two nodes with a router; a pool that BGP alone announces. For 10.9.0.1 the order is node-2, node-1, for .2 it is node-1, node-2. */
const standard = (advertisement: Record<string, Json> = {}): World => {
  const cluster = world()
  farPool(cluster)
  put(cluster, "bgpadvertisements", "all", advertisement)
  put(cluster, "bgppeers", "tor", { myASN: 64512, peerASN: 64513, peerAddress: "10.0.0.1" })
  for (const [place, name] of ["node-1", "node-2"].entries()) {
    member(cluster, name, `192.0.2.${place + 1}`)
    cluster.put(collections.pods, {
      metadata: {
        name: `speaker-${name}`,
        namespace: installNamespace,
        labels: { app: "metallb", component: "speaker" },
      },
      spec: { nodeName: name },
      status: { conditions: [{ type: "Ready", status: "True" }], podIP: `192.0.2.${place + 1}` },
    })
  }
  return cluster
}

const assigned = (cluster: World, name: string, ...addresses: readonly string[]) => {
  cluster.service(name, { status: { loadBalancer: { ingress: addresses.map(ip => ({ ip })) } } })
  endpoints(cluster, name)
}

/** A speaker without a link to announce on, as in a cluster that only has routers. */
const speak = (
  cluster: World,
  nodeName: string,
  remote: ReturnType<typeof behindRouter>,
  host = fakeHost(ethernet(2, "eth0", { arp: false, addresses: [{ address: "192.0.2.1", prefixLength: 24 }] })),
) => {
  const agent = cluster.agent()
  const router = scriptedRouter(cluster.clock)
  const running = startSpeaker(
    { ...agent.edges, ...host.edges, echoSockets: remote.echoSockets, bgpPorts: async () => router.ports },
    {
      namespace: installNamespace,
      podName: `speaker-${nodeName}`,
      nodeName,
      lbClass: "",
      ignoreExcludeLb: false,
      isExcluded: () => false,
      refreshEvery: 0,
      bgpListenPort: 0,
    },
  )
  const checked = (verdict: string) => agent.metric(`metallb_bgp_address_checks_total{verdict="${verdict}"}`)
  return { ...agent, router, running, told: () => router.told().map(line => line.split(" ")[0]), checked }
}

/** Lets `ms` pass; loading the part that speaks BGP takes turns of the real loop. */
const pass = async (cluster: World, ms: number) => {
  for (let passed = 0; passed < ms; passed += 50) {
    await cluster.clock.advance(50)
    await new Promise(resolve => setImmediate(resolve))
  }
}

const until = async (cluster: World, condition: () => boolean) => {
  const end = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > end) throw new Error("what was waited for did not come")
    await pass(cluster, 50)
  }
}

/** One that has read everything and has a session. */
const settled = async (cluster: World, nodeName: string, remote = behindRouter()) => {
  const speaker = speak(cluster, nodeName, remote)
  await until(cluster, () => speaker.router.heard.includes("keepalive"))
  await pass(cluster, 500)
  return { ...speaker, remote }
}

/** Goodbyes take time. */
const stopped = async (cluster: World, ...all: readonly Running[]) => {
  let ended = false
  void Promise.all(all.map(running => running.stop())).then(() => {
    ended = true
  })
  await until(cluster, () => ended)
}

const warnings = (cluster: World) =>
  cluster.events().filter(event => event.includes("announceFailed") || event.includes("conflictCheckOff"))

test("an address that BGP alone announces is asked for before the first route, by a node without any link: three requests, then the router hears of it", async () => {
  const cluster = standard()
  const { told, remote, checked, running } = await settled(cluster, "node-1")
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 950)
  assert.deepEqual(told(), [])
  await pass(cluster, 200)
  assert.deepEqual(told(), ["10.9.0.2/32"])
  assert.deepEqual(remote.asked, ["10.9.0.2", "10.9.0.2", "10.9.0.2"])
  assert.equal(checked("free"), "1")
  assert.equal(remote.open(), 0, "no socket stays open")
  await stopped(cluster, running)
})

test("one that a host behind the router has is never told: it is reported as on a link, and told once the host is gone", async () => {
  const cluster = standard()
  const { told, remote, checked, running } = await settled(cluster, "node-1", behindRouter("10.9.0.2"))
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 2_500)
  assert.deepEqual(told(), [])
  assert.deepEqual(
    reports(cluster).map(status => (status as { conflict: unknown }).conflict),
    [
      {
        address: "10.9.0.2",
        mac: "echo",
        interface: "",
        node: "node-1",
        serviceName: "web",
        serviceNamespace: "default",
      },
    ],
  )
  assert.deepEqual(warnings(cluster), [
    "Service/web announceFailed: 10.9.0.2 answers ICMP echo requests, so it is not announced [ML349]",
  ])
  assert.equal(cluster.api.store.list("metallb.io/servicebgpstatuses").length, 0)
  remote.there.clear()
  await pass(cluster, 7_000)
  assert.deepEqual(told(), ["10.9.0.2/32"])
  assert.deepEqual(reports(cluster), [], "the report is taken back")
  assert.deepEqual([checked("conflict"), checked("free")], ["1", "1"])
  await stopped(cluster, running)
})

test("of two nodes one asks, and the other tells routers when the first one says that it does", async () => {
  const cluster = standard()
  const asker = await settled(cluster, "node-1")
  const other = await settled(cluster, "node-2")
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 950)
  assert.deepEqual([asker.told(), other.told()], [[], []])
  await pass(cluster, 1_000)
  assert.deepEqual([asker.told(), other.told()], [["10.9.0.2/32"], ["10.9.0.2/32"]])
  assert.deepEqual([asker.remote.asked.length, other.remote.asked.length], [3, 0])
  assert.equal(other.checked("announced"), "1")
  await stopped(cluster, asker.running, other.running)
})

test("both nodes hold back what one of them found taken", async () => {
  const cluster = standard()
  const asker = await settled(cluster, "node-1", behindRouter("10.9.0.2"))
  const other = await settled(cluster, "node-2")
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 30_000)
  assert.deepEqual([asker.told(), other.told()], [[], []])
  assert.equal(other.checked("late"), undefined)
  await stopped(cluster, asker.running, other.running)
})

test("where the node that is to ask says nothing, the other waits five seconds and counts it", async () => {
  const cluster = standard()
  const { told, remote, checked, running } = await settled(cluster, "node-2")
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 4_900)
  assert.deepEqual([told(), remote.asked], [[], []])
  await pass(cluster, 300)
  assert.deepEqual(told(), ["10.9.0.2/32"])
  assert.equal(checked("late"), "1")
  await stopped(cluster, running)
})

test("a speaker that starts tells routers what services have, unasked, also where another machine answers", async () => {
  const cluster = standard()
  assigned(cluster, "web", "10.9.0.2")
  const remote = behindRouter("10.9.0.2")
  const { told, running } = speak(cluster, "node-1", remote)
  await until(cluster, () => told().length === 1)
  await pass(cluster, 3_000)
  assert.deepEqual([told(), remote.asked], [["10.9.0.2/32"], []])
  await stopped(cluster, running)
})

test("an API that is away holds back nothing that is told, and a new address no longer than five seconds", async () => {
  const cluster = standard()
  const { told, remote, running } = await settled(cluster, "node-2")
  assigned(cluster, "old", "10.9.0.1")
  await pass(cluster, 1_500)
  assert.deepEqual([told(), remote.asked.length], [["10.9.0.1/32"], 3])
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 300)
  cluster.api.down()
  await pass(cluster, 5_000)
  assert.deepEqual(told(), ["10.9.0.1/32", "10.9.0.2/32"])
  await pass(cluster, 60_000)
  assert.deepEqual([told(), remote.asked.length], [["10.9.0.1/32", "10.9.0.2/32"], 3])
  cluster.api.up()
  await stopped(cluster, running)
})

/** A service that is younger than the speaker's pod, and who says that it tells routers of it. */
const youngService = (cluster: World, ...nodes: readonly string[]) => {
  const at = (seconds: number) => new Date(cluster.clock.wall() + 1_000 * seconds).toISOString()
  for (const node of ["node-1", "node-2"]) {
    const pod = cluster.api.store.get(collections.pods, `${installNamespace}/speaker-${node}`)
    cluster.put(collections.pods, { ...pod, metadata: { ...pod?.metadata, creationTimestamp: at(-60) } })
  }
  cluster.service("web", {
    metadata: { creationTimestamp: at(-30) },
    status: { loadBalancer: { ingress: [{ ip: "10.9.0.1" }] } },
  })
  endpoints(cluster, "web")
  for (const node of nodes)
    cluster.put("metallb.io/servicebgpstatuses", {
      metadata: {
        name: `of-${node}`,
        namespace: installNamespace,
        labels: {
          "metallb.io/node": node,
          "metallb.io/service-name": "web",
          "metallb.io/service-namespace": "default",
        },
      },
      status: { node, serviceName: "web", serviceNamespace: "default", peers: ["tor"] },
    })
}

test("a container that starts again tells at once what this node said it told before", async () => {
  const cluster = standard()
  youngService(cluster, "node-2")
  const remote = behindRouter("10.9.0.1")
  const { told, running, checked } = speak(cluster, "node-2", remote)
  await until(cluster, () => told().length === 1)
  assert.deepEqual([remote.asked, checked("late"), checked("announced")], [[], undefined, undefined])
  await stopped(cluster, running)
})

test("what was told before it was known what the cluster announces stays told", async () => {
  const cluster = standard()
  youngService(cluster)
  const remote = behindRouter("10.9.0.1")
  const { told, running } = speak(cluster, "node-2", remote)
  await until(cluster, () => told().length === 1)
  await pass(cluster, 5_000)
  assert.deepEqual([told(), remote.asked], [["10.9.0.1/32"], []])
  await stopped(cluster, running)
})

test("where the check begins later, what another node says of a service counts at once", async () => {
  const cluster = standard()
  farPool(cluster, "none")
  const { told, running, checked } = await settled(cluster, "node-2", behindRouter("10.9.0.1"))
  farPool(cluster)
  youngService(cluster, "node-1")
  await pass(cluster, 200)
  assert.deepEqual(told(), ["10.9.0.1/32"])
  assert.deepEqual([checked("late"), checked("announced"), reports(cluster)], [undefined, "1", []])
  await stopped(cluster, running)
})

test("where the check begins later, a service that is younger than the speaker and that nobody announces is asked for", async () => {
  const cluster = standard()
  farPool(cluster, "none")
  const { told, running } = await settled(cluster, "node-2", behindRouter("10.9.0.1"))
  farPool(cluster)
  youngService(cluster)
  await pass(cluster, 5_000)
  assert.deepEqual(told(), [])
  assert.equal(reports(cluster).length, 1)
  await stopped(cluster, running)
})

test("where every address of the pool answers the check is off for it, with a warning, and nothing is quarantined", async () => {
  const cluster = standard()
  const { told, checked, running } = await settled(cluster, "node-1", behindRouter("all"))
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 500)
  assert.deepEqual(told(), ["10.9.0.2/32"])
  assert.deepEqual(reports(cluster), [])
  assert.equal(checked("proxy"), "1")
  assert.deepEqual(warnings(cluster), [
    "Node/node-1 conflictCheckOff: 10.9.0.2 of pool far answers echo requests, and so does every free address beside it [ML174]",
  ])
  await stopped(cluster, running)
})

test("an address that a node carries is no conflict when that node answers", async () => {
  const cluster = standard()
  const { told, running } = await settled(cluster, "node-2", behindRouter("10.9.0.2"))
  member(cluster, "node-2", "10.9.0.2")
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 500)
  assert.deepEqual([told(), reports(cluster)], [["10.9.0.2/32"], []])
  await stopped(cluster, running)
})

test("what a route of the cluster covers already is not asked for: the nodes themselves would answer", async () => {
  const cluster = standard({ aggregationLength: 28 })
  const { told, remote, running } = await settled(cluster, "node-1")
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 1_500)
  assert.deepEqual(told(), ["10.9.0.0/28"])
  remote.there.add("10.9.0.3")
  assigned(cluster, "more", "10.9.0.3")
  await pass(cluster, 2_500)
  assert.equal(remote.asked.length, 3)
  assert.deepEqual(reports(cluster), [])
  await stopped(cluster, running)
})

test("a subnet of an own link is not asked for by echo, and neither is a pool that does not say so", async () => {
  const cluster = standard()
  cluster.pool("near", ["192.0.2.100-192.0.2.110"], { conflictCheck: "icmp" })
  cluster.pool("auto", ["10.8.0.0/28"])
  const { told, remote, running } = await settled(cluster, "node-1")
  assigned(cluster, "near", "192.0.2.100")
  assigned(cluster, "auto", "10.8.0.1")
  await pass(cluster, 300)
  assert.deepEqual([told(), remote.asked], [["10.8.0.1/32", "192.0.2.100/32"], []])
  await stopped(cluster, running)
})

test("of two addresses of a service the one that is told stays told while the other one is asked for", async () => {
  const cluster = standard()
  const { told, running } = await settled(cluster, "node-1", behindRouter("10.9.0.3"))
  assigned(cluster, "web", "10.9.0.2")
  await pass(cluster, 1_500)
  assigned(cluster, "web", "10.9.0.2", "10.9.0.3")
  await pass(cluster, 20_000)
  assert.deepEqual(told(), ["10.9.0.2/32"])
  await stopped(cluster, running)
})

test("people who ask a speaker are told what it holds back", async () => {
  const cluster = standard()
  const { running } = await settled(cluster, "node-1", behindRouter("10.9.0.2"))
  assigned(cluster, "web", "10.9.0.2")
  const fresh = () =>
    running.questions?.["first-use"]?.("") as readonly { address: string; conflict: { mac: string } }[]
  await pass(cluster, 500)
  assert.deepEqual(
    fresh().map(({ address, conflict }) => [address, conflict]),
    [["10.9.0.2", null]],
  )
  await pass(cluster, 1_000)
  assert.equal(fresh()[0]?.conflict.mac, "echo")
  await stopped(cluster, running)
})
