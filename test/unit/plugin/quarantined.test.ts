import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { install } from "./agents.ts"
import { noon } from "./fake-world.ts"
import { cluster, pool, service } from "./fixtures.ts"
import { live, saved } from "./saved.ts"

describe("addresses that another machine answers for", () => {
  const mac = "02:bb:00:00:00:01"
  const quarantine = (address: string, until = noon + 300_000) => ({ address, mac, since: noon - 300_000, until })
  const small = (...quarantined: readonly ReturnType<typeof quarantine>[]) =>
    pool("public", ["203.0.113.16-203.0.113.18"], { quarantined })
  const report = {
    name: "conflict-1",
    address: "203.0.113.17",
    mac,
    interface: "eth0",
    node: "node-b",
    service: "shop/web",
  }
  const named = service("shop/web", "203.0.113.17", {
    annotations: { "metallb.io/loadBalancerIPs": "203.0.113.17", "metallb.io/ip-allocated-from-pool": "public" },
  })

  it("stand on the pool's page with the MAC and the end of their quarantine", async () => {
    const world = saved(cluster({ services: [], pools: [small(quarantine("203.0.113.16"))] }))
    assert.equal(await world.run("pools show public --addresses --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +3 +0 +2 +0 /)
    assert.match(world.out, new RegExp(`^203\\.0\\.113\\.16 +ML170 203.* until .*Z: ${mac} answers for it$`, "m"))
  })

  it("are free again when the time is over", async () => {
    const world = saved(cluster({ services: [], pools: [small(quarantine("203.0.113.16", noon - 1))] }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +3 +0 +3 +0 /)
    assert.doesNotMatch(world.out, /ML170/)
  })

  it("are a warning of status, one line a pool", async () => {
    const pools = [small(quarantine("203.0.113.16"), quarantine("203.0.113.17"))]
    const world = saved(cluster({ services: [], pools }))
    await world.run("status --from-snapshot cluster.json")
    assert.match(world.out, /warning +ML170 +203\.0\.113\.16 is quarantined until .*, and 1 more of pool public/)
  })

  it("are explained by why-ip, with the command that ends it", async () => {
    const world = saved(cluster({ services: [], pools: [small(quarantine("203.0.113.16"))] }))
    assert.equal(await world.run("why-ip 203.0.113.16 --from-snapshot cluster.json"), 1)
    assert.match(world.out, new RegExp(`203\\.0\\.113\\.16 is quarantined until .*: ${mac} answers for it`))
    assert.match(world.out, /kubectl metallb pools unquarantine public 203\.0\.113\.16/)
  })

  it("leave a service without an address where no other is free, and why-ip says so", async () => {
    const waits = service("shop/web", undefined)
    const pools = [pool("public", ["203.0.113.16/32"], { quarantined: [quarantine("203.0.113.16")] })]
    const world = saved(cluster({ services: [waits], pools }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    assert.match(world.out, /public +0 +rejected +ML172 full: 0 of 1 held, 1 withheld/)
  })

  it("are announced by nobody while a service keeps them that asked for them", async () => {
    const world = saved(cluster({ services: [named], conflicts: [report], pools: [small(quarantine("203.0.113.17"))] }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    assert.match(world.out, new RegExp(`announced by nobody: ML345 ${mac} answers for 203\\.0\\.113\\.17 on eth0`))
    assert.match(world.out, /take 203\.0\.113\.17 away from it/)
    assert.equal(await world.run("status --from-snapshot cluster.json"), 1)
    assert.match(world.out, /problem +ML345 +203\.0\.113\.17 of shop\/web is announced by nobody/)
  })

  it("are about to be exchanged where the service did not ask for them", async () => {
    const given = { ...named, annotations: { "metallb.io/ip-allocated-from-pool": "public" } }
    const world = saved(cluster({ services: [given], conflicts: [report] }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    assert.match(world.out, /203\.0\.113\.17 +about to get 203\.0\.113\.16 from public in its place/)
    assert.match(world.out, new RegExp(`find ${mac} in the switch's address table`))
  })

  it("are read from the reports of the speakers, which say nothing of who announces", async () => {
    const world = live()
    world.api.put(kinds.l2Status, {
      metadata: { namespace: install, name: "conflict-1", labels: { "metallb.io/address-conflict": "" } },
      status: {
        conflict: {
          address: "203.0.113.17",
          mac,
          interface: "eth0",
          node: "node-b",
          serviceName: "web",
          serviceNamespace: "shop",
        },
      },
    })
    const { metadata, ...web } = world.api.stored(kinds.service, "shop", "web") ?? assert.fail()
    const annotations = { "metallb.io/ip-allocated-from-pool": "public" }
    world.api.put(kinds.service, { ...web, metadata: { ...(metadata as object), annotations } })
    assert.equal(await world.run("why-ip web -n shop"), 1, world.err)
    assert.match(world.out, new RegExp(`find ${mac} in the switch's address table`))
    assert.doesNotMatch(world.err, /says that it announces/)
  })
})
