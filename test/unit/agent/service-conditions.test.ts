import assert from "node:assert/strict"
import { test } from "node:test"
import { rest, serviceWrites, start } from "./controlling.ts"
import { collections, type World, world } from "./harness.ts"

const conditionsOf = (cluster: World, name: string) => {
  const status = cluster.api.store.get(collections.services, `default/${name}`)?.["status"]
  return (status as { conditions?: readonly Record<string, string>[] } | undefined)?.conditions ?? []
}

test("a service that waits carries a condition that says why, and loses it with its address", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.11/32"])
  start(cluster)
  cluster.service("first")
  await rest(cluster)
  cluster.service("second")
  await rest(cluster)
  assert.deepEqual(conditionsOf(cluster, "first"), [], "whoever has an address has no condition")
  const [told] = conditionsOf(cluster, "second")
  assert.equal(told?.["type"], "metallb.io/AddressAllocated")
  assert.equal(told?.["status"], "False")
  assert.equal(told?.["reason"], "ML118")
  assert.equal(told?.["message"], "public: full: 1 of 1 held [ML101] [ML118]")
  cluster.api.store.remove(collections.services, "default/first")
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("second"), ["192.0.2.11"])
  assert.deepEqual(conditionsOf(cluster, "second"), [])
  const writes = cluster.api.writes().filter(({ path }) => path.includes("/services/second"))
  assert.deepEqual(
    writes.map(({ strategic }) => strategic),
    [true, false],
    "one that says that it waits, and one that gives the address and ends it, for which no list has to be merged",
  )
})

test("the condition is written once a reason, not once a number, and conditions of others stay", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  start(cluster)
  for (let n = 0; n < 4; n++) cluster.service(`s${n}`)
  await rest(cluster)
  const other = { type: "example.org/Other", status: "True", reason: "X", message: "" }
  cluster.service("waits", { status: { loadBalancer: {}, conditions: [other] } })
  await rest(cluster)
  assert.equal(conditionsOf(cluster, "waits").length, 2)
  const conditionWrites = () =>
    cluster.api
      .writes()
      .filter(({ path, body }) => path.includes("/services/waits") && JSON.stringify(body).includes("conditions"))
      .length
  assert.equal(conditionWrites(), 1)
  cluster.pool("public", ["192.0.2.0-192.0.2.2"])
  await rest(cluster)
  cluster.pool("public", ["192.0.2.0-192.0.2.1"])
  await rest(cluster)
  assert.equal(conditionWrites(), 1)
  cluster.pool("public", ["192.0.2.0-192.0.2.1"], { autoAssign: false })
  await rest(cluster)
  assert.equal(conditionWrites(), 2)
  cluster.pool("public", ["192.0.2.0/29"])
  await rest(cluster)
  assert.deepEqual(
    conditionsOf(cluster, "waits").map(({ type }) => type),
    ["example.org/Other"],
  )
})

test("in a burst nobody is told by a condition that it waits for a moment", async () => {
  const cluster = world()
  start(cluster)
  await rest(cluster)
  for (let n = 0; n < 20; n++) cluster.service(`s${n}`)
  await cluster.clock.advance(1_000)
  cluster.pool("public", ["192.0.2.0/24"])
  await rest(cluster)
  assert.equal(serviceWrites(cluster).length, 20)
})
