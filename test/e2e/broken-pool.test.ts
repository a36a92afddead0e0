import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"

let cluster: Cluster
const pool = "e2e-broken"
const given = new Map([
  ["one", "192.168.1.75"],
  ["two", "192.168.1.76"],
])
const range = "192.168.1.75-192.168.1.79"
/** The API server cannot compare IPv6 addresses, so that it takes a range that ends before it starts. */
const backwards = "2001:db8::ff-2001:db8::1"

before(async () => {
  cluster = await Cluster.ready("e2e-broken")
  await cluster.classic(undefined)
  await cluster.pool(pool, [range])
  for (const [name, address] of given) {
    await cluster.expose({ name })
    await cluster.expectAddresses(name, [address])
    await cluster.expectAnswers(address)
  }
})
after(async () => {
  await cluster.remove()
  await cluster.removePool(pool)
})

/** Each service has what it was given, and one node answers for it. */
const everything = async (): Promise<void> => {
  for (const [name, address] of given) {
    assert.deepEqual(await cluster.addresses(name), [address])
    await cluster.expectAnswers(address)
    assert.equal((await cluster.macsOf(address)).size, 1, `one node answers for ${address}`)
  }
}

const restartAll = async (): Promise<void> => {
  await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "pods", "-l", "app=metallb", "--wait=true"])
  for (const workload of ["deployment/controller", "daemonset/speaker"])
    await cluster.lab.mustKubectl(["-n", installNamespace, "rollout", "status", workload, "--timeout=120s"], {
      timeoutMs: 130_000,
    })
}

test("a pool that an edit breaks keeps its addresses assigned and announced", async () => {
  await cluster.pool(pool, [range, backwards])
  const message = await cluster.lab.waitFor(
    "an event about the pool",
    async () => (await cluster.events(pool, installNamespace)).find(e => e.message.includes("ML210"))?.message,
    { timeoutMs: 15_000 },
  )
  assert.match(message, /spec\.addresses\[1\]/)
  await everything()
})

test("a restart of every agent while the pool is broken loses no address and no answer", async () => {
  await restartAll()
  await everything()
})

test("nobody is given an address of the broken pool, and whoever waits is served once it is mended", async () => {
  await cluster.expose({ name: "three", annotations: { "metallb.io/address-pool": pool } })
  await cluster.waitForEvent("three", "AllocationFailed")
  await cluster.pool(pool, [range])
  await cluster.expectAddresses("three", ["192.168.1.77"])
  await everything()
})
