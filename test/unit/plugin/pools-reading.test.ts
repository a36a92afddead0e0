import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { matchesFile } from "../../golden/golden.ts"
import { cluster, node, pool, service } from "./fixtures.ts"
import { full, golden, saved } from "./saved.ts"

describe("pools", () => {
  it("lists size, use and free addresses by family", async () => {
    const world = saved(full())
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("pools.txt"), world.out)
    assert.equal(await world.run("pools list -o wide --from-snapshot cluster.json"), 0)
    matchesFile(golden("pools-wide.txt"), world.out)
    assert.equal(await world.run("pools -o name --from-snapshot cluster.json"), 0)
    assert.equal(world.out, "ipaddresspool/lab\nipaddresspool/public\nipaddresspool/v6\n")
    assert.equal(await world.run("pools -o yaml --from-snapshot cluster.json"), 0)
    matchesFile(golden("pools.yaml"), world.out)
  })

  it("shows one pool with the holders of its addresses", async () => {
    const world = saved(full())
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("pools-show.txt"), world.out)
    assert.equal(await world.run("pools show pulbic --from-snapshot cluster.json"), 1)
    assert.match(world.err, /error: there is no pool "pulbic"\n {2}fix {4}kubectl metallb pools show public/)
  })

  it("shows that a pool drains and in which order it gives addresses, where that is not the usual one", async () => {
    const order = { allocationOrder: "least-recently-used", coolingTime: "10m" }
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16/30"], { drain: true, ...order })] }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +4 +2 +2 +0 +draining/)
    assert.match(world.out, /^Draining {2}gives no new address; 2 still held$/m)
    assert.match(world.out, /^Order {5}least recently used, not before 10m after it was given back$/m)
    assert.equal(await world.run("pools show public -o json --from-snapshot cluster.json"), 0, world.err)
    const { drain, allocationOrder, coolingTime } = JSON.parse(world.out)
    assert.deepEqual({ drain, allocationOrder, coolingTime }, { drain: true, ...order })
  })

  it("shows which addresses are given on request alone, and why", async () => {
    const nodes = [node("n1", "203.0.113.18")]
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16/30"])], nodes }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +4 +2 +1 +0 /)
    assert.match(world.out, /^WITHHELD +WHY\n203\.0\.113\.18 +ML135 203\.0\.113\.18 is an address of node n1$/m)
    assert.equal(await world.run("pools show public -o json --from-snapshot cluster.json"), 0, world.err)
    assert.deepEqual(JSON.parse(world.out).withheld, [
      { address: "203.0.113.18", reason: "ML135", facts: { address: "203.0.113.18", node: "n1" } },
    ])
  })

  it("shows which addresses are kept for a service that is away, and until when", async () => {
    const reservation = (name: string, kept: string, awaySince: number) => ({
      ...node(name, ""),
      service: `shop/${name}`,
      ttl: "24h",
      kept: [kept],
      awaySince,
    })
    const readAt = Date.parse("2026-01-31T12:00:00Z")
    const reservations = [
      reservation("gone", "203.0.113.18", readAt - 3_600_000),
      reservation("web", "203.0.113.17", 0),
    ]
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16/30"])], reservations, readAt }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +4 +2 +1 +0 /)
    const line = "203.0.113.18  ML150 203.0.113.18 is reserved for shop/gone until 2026-02-01T11:00:00Z"
    assert.ok(world.out.includes(`WITHHELD      WHY\n${line}`), world.out)
    assert.match(world.out, /^203\.0\.113\.17 +\S+ \(reserved\)$/m)
    assert.equal(await world.run("why-ip 203.0.113.18 --from-snapshot cluster.json"), 1)
    assert.match(world.out, /203\.0\.113\.18 is reserved for shop\/gone until 2026-02-01T11:00:00Z/)
    assert.match(world.out, /kubectl delete addressreservation gone -n metallb-system/)
  })

  it("lists sixteen addresses, and all of them when asked to", async () => {
    const services = Array.from({ length: 20 }, (_, n) => service(`shop/s${n}`, `203.0.113.${16 + n}`))
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16-203.0.113.40"])], services }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.equal(world.out.match(/shop\/s/g)?.length, 16)
    assert.match(world.out, /^4 more: kubectl metallb pools show public --addresses$/m)
    assert.equal(await world.run("pools show public --addresses --from-snapshot cluster.json"), 0, world.err)
    assert.equal(world.out.match(/shop\/s/g)?.length, 20)
    assert.doesNotMatch(world.out, /more:/)
  })

  it("a faulty pool is an error with place and fix beside the list, and the exit code 1", async () => {
    const world = saved(cluster({ pools: [pool("broken", ["203.0.113.1-x"]), pool("public", ["203.0.113.16/30"])] }))
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 1)
    assert.match(world.out, /^NAME[^\n]*\npublic /)
    assert.match(world.err, /error: .* \[ML210\]\n {2}where {2}ipaddresspool\/broken spec\.addresses\[0\]\n {2}fix/)
  })

  it("no pools at all is said with what to type", async () => {
    const world = saved(cluster({ pools: [], services: [] }))
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 0)
    assert.equal(world.out, "No pools.\nNext: kubectl metallb pools add public --range FIRST-LAST\n")
  })

  it("a read that failed is unknown and ends with 4", async () => {
    const world = saved(cluster({ services: [], unread: [{ what: "services", why: "Forbidden: no" }] }))
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 4)
    assert.match(world.err, /unknown: cannot read services \(Forbidden: no\) \[ML630\]/)
  })
})
