import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { rest, start } from "./controlling.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

type Told = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }

const conditionOf = (cluster: World, collection: string, name: string): Told | undefined => {
  const status = cluster.api.store.get(collection, `${installNamespace}/${name}`)?.["status"]
  return (status as { conditions?: readonly Told[] } | undefined)?.conditions?.find(({ type }) => type === "Valid")
}

const writes = (cluster: World) =>
  cluster.api.requests.filter(({ query }) => query.get("fieldManager") === "metallb-controller-conditions").length

test("each object of the configuration says whether it is used, and why not, with what to mend", async () => {
  const cluster = world()
  cluster.pool("good", ["192.0.2.0/28"])
  cluster.pool("bad", ["192.0.2.300-192.0.2.301"])
  cluster.pool("late", ["192.0.2.0/24"])
  start(cluster)
  await rest(cluster)
  const said = (name: string) => conditionOf(cluster, collections.pools, name)
  assert.deepEqual([said("good")?.status, said("good")?.reason, said("good")?.message], ["True", "Accepted", ""])
  assert.equal(said("bad")?.status, "False")
  assert.match(said("bad")?.message ?? "", /^spec\.addresses\[0\]: .*192\.0\.2\.300/)
  assert.equal(said("late")?.status, "False")
  assert.match(said("late")?.message ?? "", /overlaps with already defined CIDR/)
  assert.equal(writes(cluster), 3, "one write an object")
  cluster.pool("bad", ["198.51.100.0/28"])
  await rest(cluster)
  assert.equal(said("bad")?.status, "True")
  assert.equal(writes(cluster), 4, "and one for each change")
})

test("a controller that does not lead writes no condition", async () => {
  const cluster = world()
  cluster.pool("good", ["192.0.2.0/28"])
  startController(cluster.agent().edges, {
    namespace: installNamespace,
    podName: "controller-1",
    lbClass: "",
    leadership: { ...alwaysLeading(), start: () => undefined },
  })
  await rest(cluster)
  assert.equal(writes(cluster), 0)
})

test("a restart writes no condition that stands there", async () => {
  const cluster = world()
  cluster.pool("good", ["192.0.2.0/28"])
  const first = start(cluster)
  await rest(cluster)
  await first.running.stop()
  start(cluster)
  await rest(cluster)
  assert.equal(writes(cluster), 1)
})

test("where the role is older than the agent, that is told once and everything else goes on", async () => {
  const cluster = world()
  const isCondition = ({ query }: { readonly query: URLSearchParams }) =>
    query.get("fieldManager") === "metallb-controller-conditions"
  cluster.api.fail({ status: 403 }, isCondition, 1_000)
  cluster.pool("good", ["192.0.2.0/28"])
  const { lines } = start(cluster)
  cluster.service("web")
  await rest(cluster)
  cluster.pool("good", ["192.0.2.0/27"])
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.0"])
  const told = () => lines.filter(line => line.includes("conditions may not be written")).length
  assert.equal(told(), 1)
  assert.equal(writes(cluster), 1)
  await cluster.clock.advance(601_000)
  assert.equal(told(), 1)
  assert.equal(writes(cluster), 2, "the role may have been widened")
})
