import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { at, listAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { install } from "./agents.ts"
import { addressesOf, installed } from "./installed.ts"
import { routing } from "./live.ts"

describe("pools add", () => {
  it("makes a pool with its advertisement, so that no address reaches nobody", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 198.51.100.1-198.51.100.3"), 0, world.err)
    assert.equal(
      world.out,
      "ipaddresspool/lab created   198.51.100.1-198.51.100.3, 3 addresses\nl2advertisement/lab created\n",
    )
    const advertisement = world.api.stored(kinds.l2Advertisement, install, "lab")
    assert.deepEqual(listAt(advertisement, "spec", "ipAddressPools"), ["lab"])
  })

  it("makes an advertisement for routers where it is asked to, unless one is there; pools rm takes it along", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 198.51.100.1-198.51.100.3 --advertise bgp"), 0, world.err)
    assert.equal(
      world.out,
      "ipaddresspool/lab created   198.51.100.1-198.51.100.3, 3 addresses\nbgpadvertisement/lab created\n",
    )
    assert.deepEqual(listAt(world.api.stored(kinds.bgpAdvertisement, install, "lab"), "spec", "ipAddressPools"), [
      "lab",
    ])
    assert.equal(world.api.stored(kinds.l2Advertisement, install, "lab"), undefined)
    assert.equal(await world.run("pools add lab --advertise bgp"), 0, world.err)
    assert.match(world.err + world.out, /lab is as it should be, nothing to do/)
    assert.equal(await world.run("pools rm lab"), 0, world.err)
    assert.match(world.out, /^bgpadvertisement\/lab deleted$/m)
    routing(world.api)
    assert.equal(await world.run("pools add lab --range 198.51.100.1-198.51.100.3 --advertise bgp"), 0, world.err)
    assert.equal(world.api.stored(kinds.bgpAdvertisement, install, "lab"), undefined, "all pools are told already")
  })

  it("extends a pool and leaves its other fields alone", async () => {
    const world = installed()
    assert.equal(await world.run("pools add public --range 203.0.113.32/28"), 0, world.err)
    assert.deepEqual(addressesOf(world, "public"), ["203.0.113.16-203.0.113.18", "203.0.113.32/28"])
    assert.equal(at(world.api.stored(kinds.pool, install, "public"), "spec", "autoAssign"), false)
    assert.equal(world.api.writes.length, 1, "the advertisement is there already")
  })

  it("announces a pool that nothing announces, without touching it", async () => {
    const world = installed()
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "lab" },
      spec: { addresses: ["198.51.100.0/30"] },
    })
    assert.equal(await world.run("pools add lab"), 0, world.err)
    assert.equal(world.out, "l2advertisement/lab created\n")
    assert.equal(await world.run("pools add lab"), 0)
    assert.match(world.out, /nothing to do/)
  })

  it("makes no second advertisement where one announces every pool", async () => {
    const world = installed()
    world.api.put(kinds.l2Advertisement, { metadata: { namespace: install, name: "all" } })
    assert.equal(await world.run("pools add lab --range 198.51.100.1/32"), 0)
    assert.equal(world.api.stored(kinds.l2Advertisement, install, "lab"), undefined)
  })

  it("refuses an overlap, names it and says what is left, also where the other pool is the younger one", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 203.0.113.17-203.0.113.40"), 1)
    assert.equal(
      world.err,
      [
        'error: range overlaps pool "public" on 203.0.113.17-203.0.113.18 [ML213]',
        "  where  --range 203.0.113.17-203.0.113.40",
        "  fix    --range 203.0.113.19-203.0.113.40",
        "  more   kubectl metallb explain ML213",
        "",
      ].join("\n"),
    )
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "young", creationTimestamp: "2026-02-01T00:00:00Z" },
      spec: { addresses: ["203.0.113.50-203.0.113.60"] },
    })
    assert.equal(await world.run("pools add public --range 203.0.113.55-203.0.113.56"), 1)
    assert.match(world.err, /overlaps pool "young" on 203\.0\.113\.55-203\.0\.113\.56/)
    assert.deepEqual(world.api.writes, [])
  })

  it("refuses a range with the address of a node unless --yes", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 203.0.113.0/29"), 6)
    assert.match(world.err, /203\.0\.113\.0\/29 contains 203\.0\.113\.1 of node node-a \[ML613\]/)
    assert.equal(await world.run("pools add lab --range 203.0.113.0/29 --yes"), 0)
  })

  it("refuses what is no range or no name, with 2", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 203.0.113.9-203.0.113.1"), 2)
    assert.match(world.err, /where {2}--range 203\.0\.113\.9-203\.0\.113\.1/)
    assert.equal(await world.run("pools add My_Pool --range 203.0.113.0/29"), 2)
    assert.match(world.err, /"My_Pool" cannot be the name of a pool/)
    assert.equal(await world.run("pools add lab"), 2)
    assert.match(world.err, /there is no pool "lab" yet, so it needs --range/)
  })

  it("cannot judge what it cannot read, and ends with 4", async () => {
    const world = installed()
    world.api.refuse(/GET .*ipaddresspools/)
    assert.equal(await world.run("pools add lab --range 198.51.100.0/30"), 4)
    assert.deepEqual(world.api.writes, [])
  })

  it("--dry-run sends nothing, --dry-run=server stores nothing", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 198.51.100.0/30 --dry-run"), 0)
    assert.deepEqual(world.api.writes, [])
    assert.equal(await world.run("pools add lab --range 198.51.100.0/30 --dry-run=server"), 0)
    assert.match(world.out, /^ipaddresspool\/lab created \(server dry run\)/)
    assert.equal(world.api.stored(kinds.pool, install, "lab"), undefined)
  })
})
