import assert from "node:assert/strict"
import { test } from "node:test"
import type { KeptFile } from "../../../agent/ports/kept-file.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { memoryFile } from "./company.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"
import { scriptedRouter } from "./scripted-router.ts"
import { assigned, node, owned, pod } from "./speaking.ts"

const put = (cluster: World, kind: string, name: string, spec: Record<string, Json>) =>
  cluster.put(`metallb.io/${kind}`, { metadata: { name, namespace: installNamespace, generation: 1 }, spec })

/** All that is advertised, and how; each may be written in a way that cannot be used. */
const advertisement = (cluster: World, communities: readonly string[]) =>
  put(cluster, "bgpadvertisements", "all", { communities })
const peer = (cluster: World, holdTime: string) =>
  put(cluster, "bgppeers", "tor", { myASN: 64512, peerASN: 64513, peerAddress: "10.0.0.1", holdTime })
const onLink = (cluster: World, interfaces: readonly string[], selectors: Json = []) =>
  cluster.l2Advertisement("all", { interfaces, nodeSelectors: selectors })

const standard = (): World => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  node(cluster, "node-1")
  pod(cluster, "speaker-node-1", "node-1")
  advertisement(cluster, ["64512:7"])
  peer(cluster, "90s")
  onLink(cluster, ["eth1"])
  assigned(cluster, "web", "192.0.2.10")
  return cluster
}

const start = (cluster: World, kept: KeptFile) => {
  const agent = cluster.agent()
  const router = scriptedRouter(cluster.clock)
  const running = startSpeaker(
    { ...agent.edges, ...fakeHost(ethernet(2, "eth0")).edges, bgpPorts: async () => router.ports },
    {
      namespace: installNamespace,
      podName: "speaker-node-1",
      nodeName: "node-1",
      lbClass: "",
      ignoreExcludeLb: false,
      isExcluded: () => false,
      refreshEvery: 0,
      bgpListenPort: 0,
      kept,
    },
  )
  return { ...agent, router, running }
}

/** Loading the part that speaks BGP takes turns of the real loop. */
const settle = async (cluster: World, until: () => boolean) => {
  const end = Date.now() + 5_000
  while (!until()) {
    if (Date.now() > end) throw new Error("what was waited for did not come")
    await cluster.clock.advance(100)
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** The end of a speaker waits for a moment whether its pod is being replaced. */
const ended = async (cluster: World, { running }: ReturnType<typeof start>) => {
  const stopped = running.stop()
  await cluster.clock.advance(1_000)
  await stopped
}

const route = `192.0.2.10/32 192.0.2.201 ${64512 * 65536 + 7}`

const interfacesOf = ({ running }: ReturnType<typeof start>): Json | undefined => {
  const answer = running.questions?.["owners"]?.("") as readonly { readonly interfaces: Json }[] | undefined
  return answer?.[0]?.interfaces
}

test("routes, sessions and interfaces stay when advertisements and peer are broken and the speaker's container starts again, twice", async () => {
  const cluster = standard()
  const kept = memoryFile()
  const first = start(cluster, kept)
  await settle(cluster, () => first.router.told().length === 1)
  assert.deepEqual([first.router.told(), interfacesOf(first)], [[route], ["eth1"]])
  advertisement(cluster, ["nonsense"])
  peer(cluster, "1s")
  onLink(cluster, ["eth0"], [{ matchExpressions: [{ key: "x", operator: "Nonsense" }] }])
  await cluster.clock.advance(60_000)
  await ended(cluster, first)
  for (const _ of [1, 2]) {
    const again = start(cluster, kept)
    await settle(cluster, () => again.router.told().length === 1)
    assert.deepEqual([again.router.told(), interfacesOf(again)], [[route], ["eth1"]])
    await cluster.clock.advance(60_000)
    await ended(cluster, again)
  }
  const last = start(cluster, kept)
  await settle(cluster, () => last.router.told().length === 1)
  advertisement(cluster, ["64512:8"])
  await settle(cluster, () => last.router.told()[0] !== route)
  assert.deepEqual(last.router.told(), [`192.0.2.10/32 192.0.2.201 ${64512 * 65536 + 8}`])
  await ended(cluster, last)
})

test("what was kept says nothing about an object that is gone, nor in a pod that is new", async () => {
  const cluster = standard()
  const kept = memoryFile()
  const first = start(cluster, kept)
  await settle(cluster, () => first.router.told().length === 1)
  await ended(cluster, first)
  advertisement(cluster, ["nonsense"])
  const replaced = start(cluster, memoryFile())
  await settle(cluster, () => replaced.router.dials.length === 1)
  await cluster.clock.advance(5_000)
  assert.deepEqual(replaced.router.told(), [])
  await ended(cluster, replaced)
  cluster.api.store.remove("metallb.io/bgpadvertisements", `${installNamespace}/all`)
  put(cluster, "bgpadvertisements", "other", { communities: ["nonsense"] })
  const again = start(cluster, kept)
  await settle(cluster, () => again.router.dials.length === 1)
  await cluster.clock.advance(5_000)
  assert.deepEqual(again.router.told(), [])
  await ended(cluster, again)
})

test("a container that starts while pools and L2Advertisements are away has both as they were", async () => {
  const cluster = standard()
  const kept = memoryFile()
  const first = start(cluster, kept)
  await settle(cluster, () => first.router.told().length === 1)
  await ended(cluster, first)
  cluster.legacy("address-pools:\n- {name: old, protocol: layer2, addresses: [198.51.100.0/24]}\n")
  cluster.api.unknown.add(collections.pools).add(collections.l2)
  const again = start(cluster, kept)
  await cluster.clock.advance(12_000)
  await settle(cluster, () => again.router.told().length === 1)
  assert.deepEqual([owned(again), interfacesOf(again), again.router.told()], [["192.0.2.10"], ["eth1"], [route]])
  await ended(cluster, again)
})
