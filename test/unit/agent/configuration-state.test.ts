import assert from "node:assert/strict"
import { test } from "node:test"
import { createConfigurationState } from "../../../agent/configuration-state.ts"
import { startController } from "../../../agent/controller/controller.ts"
import type { Component } from "../../../agent/core/config/state.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { installNamespace, type World, world } from "./harness.ts"

const collection = "metallb.io/configurationstates"

const stateOf = (cluster: World, name: string) => {
  const object = cluster.api.store.get(collection, `${installNamespace}/${name}`)
  const status = object?.["status"] as
    | { result: string; errorSummary: string; conditions: { status: string; lastTransitionTime: string }[] }
    | undefined
  return object === undefined ? undefined : { metadata: object.metadata, ...status }
}

const writes = (cluster: World) =>
  cluster.api.requests.filter(({ method, path }) => method === "PATCH" && path.includes("/configurationstates/"))

const controller = (cluster: World, podUid?: string) =>
  startController(cluster.agent().edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership: alwaysLeading(),
    podUid,
  })

test("a start makes the object with labels and owner and says Valid, in two writes", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  controller(cluster, "uid-of-pod")
  await cluster.clock.advance(3_000)
  const state = stateOf(cluster, "controller")
  assert.equal(state?.result, "Valid")
  assert.deepEqual(state?.metadata["labels"], { "metallb.io/component-type": "controller" })
  assert.deepEqual(state?.metadata["ownerReferences"], [
    { apiVersion: "v1", kind: "Pod", name: "controller-0", uid: "uid-of-pod" },
  ])
  await cluster.clock.advance(20 * 60_000)
  assert.deepEqual(
    writes(cluster).map(({ path }) => path.endsWith("/status")),
    [false, true],
  )
  assert.ok(
    writes(cluster).every(
      ({ query }) => query.get("fieldManager") === "poolReconciler" && query.get("force") === "true",
    ),
  )
})

test("a restart of the same pod writes nothing, and the time of the last transition stays", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  const first = controller(cluster, "uid-of-pod")
  await cluster.clock.advance(10_000)
  const before = stateOf(cluster, "controller")
  await first.stop()
  const count = writes(cluster).length
  controller(cluster, "uid-of-pod")
  await cluster.clock.advance(60_000)
  assert.equal(writes(cluster).length, count)
  assert.deepEqual(stateOf(cluster, "controller"), before)
})

test("another pod takes the object over, so that it does not go with the old one", async () => {
  const cluster = world()
  const first = controller(cluster, "old")
  await cluster.clock.advance(10_000)
  await first.stop()
  controller(cluster, "new")
  await cluster.clock.advance(10_000)
  const owners = stateOf(cluster, "controller")?.metadata["ownerReferences"] as { uid: string }[]
  assert.deepEqual(
    owners.map(({ uid }) => uid),
    ["new"],
  )
})

test("a broken pool is told in one write, and its repair in another", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  controller(cluster)
  await cluster.clock.advance(3_000)
  const count = writes(cluster).length
  cluster.pool("public", ["192.0.2.0/240"])
  await cluster.clock.advance(3_000)
  const broken = stateOf(cluster, "controller")
  assert.equal(broken?.result, "Invalid")
  assert.match(broken?.errorSummary ?? "", /^configuration error: /)
  assert.equal(broken?.conditions?.[0]?.status, "False")
  cluster.pool("public", ["192.0.2.0/24"])
  await cluster.clock.advance(3_000)
  const mended = stateOf(cluster, "controller")
  assert.equal(mended?.result, "Valid")
  assert.notEqual(mended?.conditions?.[0]?.lastTransitionTime, broken?.conditions?.[0]?.lastTransitionTime)
  assert.equal(writes(cluster).length, count + 2)
})

test("a state that is deleted is written again", async () => {
  const cluster = world()
  controller(cluster)
  await cluster.clock.advance(10_000)
  cluster.api.store.remove(collection, `${installNamespace}/controller`)
  await cluster.clock.advance(1_000)
  assert.equal(stateOf(cluster, "controller")?.result, "Valid")
})

test("a state that somebody changed by hand is mended", async () => {
  const cluster = world()
  controller(cluster)
  await cluster.clock.advance(10_000)
  const object = cluster.api.store.get(collection, `${installNamespace}/controller`) ?? assert.fail()
  cluster.api.store.put(collection, { ...object, status: { result: "Invalid", errorSummary: "by hand" } } as never)
  await cluster.clock.advance(6_000)
  assert.equal(stateOf(cluster, "controller")?.result, "Valid")
  assert.equal(stateOf(cluster, "controller")?.errorSummary, "")
})

test("what cannot be read yet is Unknown after five seconds, and not before", async () => {
  const cluster = world()
  cluster.api.fail({ status: 403 }, ({ path }) => path.endsWith("/ipaddresspools"), 1_000)
  controller(cluster)
  await cluster.clock.advance(4_000)
  assert.equal(stateOf(cluster, "controller")?.result, undefined)
  await cluster.clock.advance(2_000)
  assert.equal(stateOf(cluster, "controller")?.result, "Unknown")
})

test("without the CRD nothing is written, and the controller works", async () => {
  const cluster = world()
  cluster.api.unknown.add(collection)
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.service("web")
  controller(cluster)
  await cluster.clock.advance(20_000)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  assert.equal(writes(cluster).length, 0)
})

const speakerState = async (cluster: World, node: string, acting = true) => {
  const component: Component = { kind: "speaker", node }
  const { edges } = cluster.agent()
  const state = createConfigurationState(edges, {
    namespace: installNamespace,
    component,
    pod: undefined,
    acting: () => acting,
  })
  void state.run(new AbortController().signal)
  state.tell({ problems: [], unread: [] })
  await cluster.clock.advance(10_000)
}

test("a speaker's object is named after its node and labelled with it, unless the name is too long for a label", async () => {
  const cluster = world()
  await speakerState(cluster, "n1")
  assert.deepEqual(stateOf(cluster, "speaker-n1")?.metadata["labels"], {
    "metallb.io/component-type": "speaker",
    "metallb.io/node-name": "n1",
  })
  const long = `${"n".repeat(60)}.example.com`
  await speakerState(cluster, long)
  assert.deepEqual(stateOf(cluster, `speaker-${long}`)?.metadata["labels"], { "metallb.io/component-type": "speaker" })
  assert.ok(writes(cluster).every(({ query }) => query.get("fieldManager") === "configReconciler"))
})

test("who does not act writes nothing", async () => {
  const cluster = world()
  await speakerState(cluster, "n1", false)
  assert.equal(writes(cluster).length, 0)
})
