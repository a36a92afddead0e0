import assert from "node:assert/strict"
import { test } from "node:test"
import { ethernet, fakeHost } from "./fake-link.ts"
import { assigned, exclude, standard, start } from "./speaking.ts"

test("a claim of another station is told once with its MAC, and answered by one announcement in ten seconds", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host, metric } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  for (let i = 0; i < 100; i++) {
    host.claim(2, "192.0.2.10", "02:bb:00:00:00:01")
    await cluster.clock.advance(250)
  }
  const replies = host.taken().filter(line => line.includes(" reply ") && line.endsWith("to ff:ff:ff:ff:ff:ff"))
  assert.equal(replies.length, 3)
  await cluster.clock.advance(5_000)
  assert.deepEqual(
    cluster.events().filter(line => line.includes("addressConflict")),
    ["Service/web addressConflict: 02:bb:00:00:00:01 claims 192.0.2.10 on eth0 [ML342]"],
  )
  assert.equal(metric('metallb_layer2_claims_received{ip="192.0.2.10"}'), "100")
  assert.equal(metric('metallb_layer2_defences_sent{ip="192.0.2.10"}'), "3")
})

test("an old owner that hears the new one does not draw the address back", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { host } = start(cluster, "node-1")
  await cluster.clock.advance(10_000)
  host.taken()
  host.claim(2, "192.0.2.10", "02:00:00:00:00:99")
  await cluster.clock.advance(500)
  exclude(cluster, "node-1")
  await cluster.clock.advance(20_000)
  assert.deepEqual(
    host.taken().filter(line => line.includes("to ff:ff:ff:ff:ff:ff")),
    [],
  )
  assert.deepEqual(
    cluster.events().filter(line => line.includes("addressConflict")),
    [],
  )
})

test("two interfaces of one host on one link do not take each other for a stranger", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { metric, host } = start(cluster, "node-1", fakeHost(ethernet(2, "eth0"), ethernet(3, "eth1")))
  await cluster.clock.advance(100)
  host.claim(2, "192.0.2.10", "02:00:00:00:00:03")
  assert.equal(metric('metallb_layer2_claims_received{ip="192.0.2.10"}'), undefined)
})
