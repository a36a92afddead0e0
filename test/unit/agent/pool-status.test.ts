import assert from "node:assert/strict"
import { test } from "node:test"
import { rest, start } from "./controlling.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const keyOf = (name: string) => `${installNamespace}/${name}`

const counts = (assignedIPv4: number, availableIPv4: number) => ({
  assignedIPv4,
  assignedIPv6: 0,
  availableIPv4,
  availableIPv6: 0,
})

/** Puts other words into the status of a pool, as anybody with the right may. */
const overwrite = (cluster: World, name: string, status: object) => {
  const pool = cluster.api.store.get(collections.pools, keyOf(name)) ?? assert.fail()
  cluster.put(collections.pools, { ...pool, status: { ...(pool["status"] as object), ...status } })
}

/** Another version of a pool, with the status that it has. */
const edit = (cluster: World, name: string, addresses: readonly string[]) => {
  const pool = cluster.api.store.get(collections.pools, keyOf(name)) ?? assert.fail()
  cluster.put(collections.pools, { ...pool, spec: { ...(pool["spec"] as object), addresses } })
}

const writesOf = (cluster: World, name: string) =>
  cluster.api.writes().filter(({ path }) => path.endsWith(`/ipaddresspools/${name}/status`)).length

test("a pool that is deleted and made again at once has its counters again", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  assert.deepEqual(cluster.countersOf("public"), counts(1, 3))
  cluster.api.store.remove(collections.pools, keyOf("public"))
  cluster.pool("public", ["192.0.2.0/30"])
  assert.deepEqual(cluster.countersOf("public"), {})
  await rest(cluster)
  assert.deepEqual(cluster.countersOf("public"), counts(1, 3))
})

test("counters that somebody overwrites are right again within seconds, and the status then rests", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  start(cluster)
  cluster.service("web")
  await rest(cluster)
  await cluster.clock.advance(60_000)
  overwrite(cluster, "public", { assignedIPv4: 7 })
  await rest(cluster)
  assert.deepEqual(cluster.countersOf("public"), counts(1, 3))
  const writes = writesOf(cluster, "public")
  await cluster.clock.advance(3_600_000)
  assert.equal(writesOf(cluster, "public"), writes)
})

test("entries of a quarantine that say nothing go, and those that count stay", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  start(cluster)
  await rest(cluster)
  const [since, until] = [0, 3_600_000].map(ms => `${new Date(cluster.clock.wall() + ms).toISOString().slice(0, 19)}Z`)
  const entry = { address: "192.0.2.1", mac: "02:bb:00:00:00:01", since, until }
  overwrite(cluster, "public", { quarantined: [entry] })
  await rest(cluster)
  assert.deepEqual(cluster.countersOf("public"), { ...counts(0, 3), quarantined: [entry] })
  overwrite(cluster, "public", { quarantined: [{ ...entry, address: "nowhere" }, entry] })
  await rest(cluster)
  assert.deepEqual(cluster.countersOf("public"), { ...counts(0, 3), quarantined: [entry] })
})

test("who overwrites the counters over and over is answered less and less often", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  start(cluster)
  await rest(cluster)
  const before = writesOf(cluster, "public")
  for (let i = 0; i < 1_800; i++) {
    overwrite(cluster, "public", { assignedIPv4: 1_000 + i })
    await cluster.clock.advance(1_000)
  }
  const writes = writesOf(cluster, "public") - before
  assert.ok(writes >= 5 && writes <= 12, `${writes} writes in half an hour`)
})

test("a restart writes no counters that stand there", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  const first = start(cluster)
  cluster.service("web")
  await rest(cluster)
  const stopping = first.running.stop()
  await rest(cluster)
  await stopping
  const writes = writesOf(cluster, "public")
  start(cluster)
  await rest(cluster)
  assert.equal(writesOf(cluster, "public"), writes)
})

test("of a pool that is broken after a restart the counters say what services hold, and that nothing can be given", async () => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/30"])
  const first = start(cluster)
  cluster.service("one")
  cluster.service("two")
  await rest(cluster)
  const stopping = first.running.stop()
  await rest(cluster)
  await stopping
  edit(cluster, "public", ["nonsense"])
  cluster.api.store.remove(collections.services, "default/two")
  start(cluster)
  await rest(cluster)
  assert.deepEqual(cluster.ingressOf("one"), ["192.0.2.0"])
  assert.deepEqual(cluster.countersOf("public"), counts(1, 0))
  edit(cluster, "public", ["192.0.2.0/30"])
  await rest(cluster)
  assert.deepEqual(cluster.countersOf("public"), counts(1, 3))
})

test("a pool whose status is refused keeps no other without counters, and is tried less and less often", async () => {
  const cluster = world()
  cluster.api.fail({ status: 422 }, ({ path }) => path.endsWith("/ipaddresspools/first/status"), 10_000)
  cluster.pool("first", ["192.0.2.0/30"])
  cluster.pool("second", ["192.0.2.4/30"])
  cluster.pool("third", ["192.0.2.8/30"])
  start(cluster)
  await rest(cluster)
  for (const name of ["second", "third"]) assert.deepEqual(cluster.countersOf(name), counts(0, 4), name)
  await cluster.clock.advance(3_600_000)
  const refused = cluster.api.requests.filter(
    ({ path, query }) => path.endsWith("/ipaddresspools/first/status") && !query.has("fieldManager"),
  ).length
  assert.ok(refused >= 8 && refused <= 16, `${refused} attempts in an hour`)
})

test("counters that change while the status is refused are not tried any more often", async () => {
  const cluster = world()
  cluster.api.fail({ status: 422 }, ({ path }) => path.endsWith("/ipaddresspools/public/status"), 10_000)
  cluster.pool("public", ["10.0.0.0/16"])
  start(cluster)
  for (let i = 0; i < 120; i++) {
    cluster.service(`s${i}`)
    await cluster.clock.advance(1_000)
  }
  const refused = cluster.api.requests.filter(
    ({ path, query }) => path.endsWith("/ipaddresspools/public/status") && !query.has("fieldManager"),
  ).length
  assert.ok(refused <= 8, `${refused} attempts in two minutes`)
})
