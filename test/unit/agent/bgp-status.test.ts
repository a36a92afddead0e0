import assert from "node:assert/strict"
import { test } from "node:test"
import { createBgpStatus } from "../../../agent/speaker/bgp/bgp-status.ts"
import { installNamespace, type World, world } from "./harness.ts"

const collection = "metallb.io/servicebgpstatuses"

const writerOn = (cluster: World, node = "n1") => {
  const control = new AbortController()
  const writer = createBgpStatus(cluster.agent().edges, {
    namespace: installNamespace,
    node,
    owner: () => ({ name: `speaker-${node}`, uid: "uid-of-pod" }),
    onKnown: () => undefined,
  })
  void writer.run(control.signal)
  return {
    ...writer,
    end: () => {
      writer.stop()
      control.abort()
    },
  }
}

const said = (cluster: World) =>
  cluster.api.store
    .list(collection)
    .map(({ status }) => status as { node: string; serviceName: string; serviceNamespace: string; peers: string[] })
    .map(({ node, serviceName, serviceNamespace, peers }) => `${node} ${serviceNamespace}/${serviceName} ${peers}`)
    .sort()

const writes = (cluster: World) => cluster.api.requests.filter(({ method }) => method !== "GET").length

test("a service that is told to peers has an object with node, service, peers, labels and owner", async () => {
  const cluster = world()
  const writer = writerOn(cluster)
  writer.want(new Map([["shop/web", ["east", "west"]]]))
  await cluster.clock.advance(3_000)
  assert.deepEqual(said(cluster), ["n1 shop/web east,west"])
  const [object] = cluster.api.store.list(collection)
  assert.match(object?.metadata.name ?? "", /^bgp-[0-9a-f]{16}$/)
  assert.deepEqual(object?.metadata["labels"], {
    "metallb.io/service-name": "web",
    "metallb.io/service-namespace": "shop",
    "metallb.io/node": "n1",
  })
  assert.deepEqual(object?.metadata["ownerReferences"], [
    { apiVersion: "v1", kind: "Pod", name: "speaker-n1", uid: "uid-of-pod" },
  ])
  writer.end()
})

test("other peers are one write, the same ones none, and no peer takes the object away", async () => {
  const cluster = world()
  const writer = writerOn(cluster)
  writer.want(new Map([["shop/web", ["east"]]]))
  await cluster.clock.advance(3_000)
  const before = writes(cluster)
  writer.want(new Map([["shop/web", ["east"]]]))
  await cluster.clock.advance(20_000)
  assert.equal(writes(cluster), before)
  writer.want(new Map([["shop/web", ["east", "west"]]]))
  await cluster.clock.advance(20_000)
  assert.deepEqual(said(cluster), ["n1 shop/web east,west"])
  assert.equal(writes(cluster), before + 1)
  writer.want(new Map())
  await cluster.clock.advance(3_000)
  assert.deepEqual(said(cluster), [])
  writer.end()
})

test("several nodes tell their peers of one service: each has its own object and leaves the others alone", async () => {
  const cluster = world()
  const writers = ["n1", "n2"].map(node => writerOn(cluster, node))
  for (const writer of writers) writer.want(new Map([["shop/web", ["east"]]]))
  await cluster.clock.advance(3_000)
  assert.deepEqual(said(cluster), ["n1 shop/web east", "n2 shop/web east"])
  writers[0]?.want(new Map())
  await cluster.clock.advance(3_000)
  assert.deepEqual(said(cluster), ["n2 shop/web east"])
  for (const writer of writers) writer.end()
})

test("a node follows its own objects alone: of thousands of services on a hundred nodes it keeps a hundredth", async () => {
  const cluster = world()
  const writer = writerOn(cluster)
  await cluster.clock.advance(1_000)
  const asked = cluster.api.requests.filter(({ path }) => path.includes("servicebgpstatuses"))
  assert.ok(asked.length > 0)
  assert.deepEqual([...new Set(asked.map(({ query }) => query.get("labelSelector")))], ["metallb.io/node=n1"])
  writer.end()
})
