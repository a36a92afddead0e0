import assert from "node:assert/strict"
import { test } from "node:test"
import { type Company, company, names, without } from "./company.ts"
import { collections, installNamespace } from "./harness.ts"

const addresses = Array.from({ length: 12 }, (_, at) => `192.0.2.${20 + at}`)

/** Twelve services, made one after another as people do. */
const twelve = async (more: Parameters<typeof company>[0] = {}) => {
  const all = await company({ placement: "balanced", ...more })
  all.cluster.api.store.remove(collections.services, "default/web")
  await all.clock.advance(1_000)
  for (const [at, ip] of addresses.entries()) {
    all.cluster.service(`s${at}`, {
      metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
      status: { loadBalancer: { ingress: [{ ip }] } },
    })
    all.cluster.put(collections.slices, {
      metadata: { name: `s${at}-1`, namespace: "default", labels: { "kubernetes.io/service-name": `s${at}` } },
      endpoints: names.map(nodeName => ({ nodeName, addresses: ["10.0.0.1"], conditions: { ready: true } })),
    })
    await all.clock.advance(500)
  }
  await all.clock.advance(3_000)
  return all
}

/** Who answers for each address: one name each, or none, or several. */
const owners = ({ answering }: Company) => new Map(addresses.map(address => [address, answering(address).join()]))

/** How many addresses each node answers for, ascending. */
const loads = (all: Company) => {
  const found = [...owners(all).values()]
  return [...all.speakers.keys()].map(name => found.filter(owner => owner === name).length).sort((a, b) => a - b)
}

const moves = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
  addresses.filter(address => before.get(address) !== after.get(address)).length

test("twelve addresses on three nodes are four on each, where the hash makes it what it happens to be", async () => {
  const hashed = await twelve({ placement: "hash" })
  assert.notDeepEqual(loads(hashed), [4, 4, 4])
  assert.deepEqual(loads(await twelve()), [4, 4, 4])
})

test("what a dead node had goes to both others evenly, nothing else moves, and it stays so", async () => {
  const all = await twelve()
  const before = owners(all)
  all.lan.powerOff("node-1")
  without(all, "node-1")
  await all.clock.advance(3_000)
  const after = owners(all)
  assert.deepEqual(loads(all), [6, 6])
  assert.equal(moves(before, after), 4)
  await all.clock.advance(60_000)
  assert.deepEqual(owners(all), after)
})

test("a node that joins gets its share after the failback, make before break, and only that moves", async () => {
  const all = await twelve({ without: "node-1" })
  assert.deepEqual(loads(all), [6, 6])
  all.speakers.set("node-1", all.start("node-1"))
  const before = owners(all)
  await all.clock.advance(9_000)
  assert.deepEqual(owners(all), before)
  for (let at = 0; at < 15_000; at += 50) {
    await all.clock.advance(50)
    for (const [address, owner] of owners(all)) assert.notEqual(owner, "", `${address} after ${at} ms`)
  }
  assert.deepEqual(loads(all), [4, 4, 4])
  assert.equal(moves(before, owners(all)), 4)
})

test("beside a speaker of MetalLB the placement is the hash's", async () => {
  const hashed = await twelve({ placement: "hash", without: "node-1" })
  const all = await twelve({ without: "node-1" })
  for (const each of [hashed, all]) {
    each.lan.foreign("node-1", true)
    await each.clock.advance(1_000)
  }
  assert.deepEqual(owners(all), owners(hashed))
  assert.notDeepEqual(loads(all), [6, 6])
})

test("an API that is away moves nothing", async () => {
  const all = await twelve()
  const before = owners(all)
  all.cluster.api.down()
  await all.clock.advance(60_000)
  assert.deepEqual(owners(all), before)
})

test("that somebody announces something else is news where the placement is balanced, and nowhere else", async () => {
  const news = async (placement: "hash" | "balanced") => {
    const all = await company({ placement })
    const passes = () => Number(all.speakers.get("node-1")?.metric("metallb_k8s_client_updates_total"))
    const before = passes()
    all.cluster.put(collections.statuses, {
      metadata: { name: "l2-of-another", namespace: installNamespace },
      status: { node: "node-3", serviceName: "another", serviceNamespace: "default" },
    })
    await all.clock.advance(1_000)
    return passes() - before
  }
  assert.equal(await news("balanced"), 1)
  assert.equal(await news("hash"), 0)
})
