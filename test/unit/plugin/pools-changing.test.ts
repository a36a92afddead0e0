import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { at, listAt, textAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { install } from "./agents.ts"
import type { FakeWorld } from "./fake-world.ts"
import { addressesOf, installed, putService } from "./installed.ts"

describe("pools rm", () => {
  it("refuses while services hold addresses, unless --force", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("pools rm public"), 6)
    assert.match(world.err, /error: 1 addresses of pool public are held by default\/web \[ML614\]/)
    assert.deepEqual(world.api.writes, [])
    assert.equal(await world.run("pools rm public --force"), 0)
    assert.match(world.err, /^warning: /)
    assert.equal(world.api.stored(kinds.pool, install, "public"), undefined)
  })

  it("removes the advertisement that it made with the pool, and no other", async () => {
    const world = installed()
    world.api.put(kinds.l2Advertisement, { metadata: { namespace: install, name: "all" } })
    assert.equal(await world.run("pools rm public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public deleted\nl2advertisement/public deleted\n")
    assert.notEqual(world.api.stored(kinds.l2Advertisement, install, "all"), undefined)
  })

  it("takes out one range however it is written, and the pool with its last one", async () => {
    const world = installed()
    await world.run("pools add public --range 203.0.113.32/28")
    assert.equal(await world.run("pools rm public --range 203.0.113.32-203.0.113.47"), 0, world.err)
    assert.deepEqual(addressesOf(world, "public"), ["203.0.113.16-203.0.113.18"])
    assert.equal(await world.run("pools rm public --range 198.51.100.0/30"), 1)
    assert.match(world.err, /fix {4}one of 203\.0\.113\.16-203\.0\.113\.18/)
    assert.equal(await world.run("pools rm public --range 203.0.113.16-203.0.113.18"), 0)
    assert.equal(world.api.stored(kinds.pool, install, "public"), undefined)
  })

  it("leaves the ConfigMap to its owner", async () => {
    const world = installed()
    world.api.put(kinds.configMap, {
      metadata: { namespace: install, name: "config" },
      data: { config: "address-pools:\n- name: old\n  protocol: layer2\n  addresses:\n  - 198.51.100.0/30\n" },
    })
    assert.equal(await world.run("pools rm old"), 1)
    assert.match(world.err, /fix {4}kubectl edit configmap config -n metallb-system/)
  })
})

describe("pools unquarantine", () => {
  const mac = "02:bb:00:00:00:01"
  const entry = (address: string) => ({ address, mac, since: "2026-01-31T12:00:00Z", until: "2026-01-31T12:10:00Z" })
  const quarantined = (): FakeWorld => {
    const world = installed()
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "public" },
      spec: { addresses: ["203.0.113.16-203.0.113.18", "2001:db8::/120"] },
      status: { availableIPv4: 1, quarantined: [entry("203.0.113.16"), entry("2001:db8::1")] },
    })
    return world
  }
  const left = (world: FakeWorld) =>
    listAt(world.api.stored(kinds.pool, install, "public"), "status", "quarantined").map(one => textAt(one, "address"))

  it("takes one address out of the status, however it is written, and leaves the others", async () => {
    const world = quarantined()
    assert.equal(await world.run("pools unquarantine public 2001:DB8:0::1"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public 2001:db8::1 may be given again\n")
    assert.deepEqual(left(world), ["203.0.113.16"])
    assert.equal(await world.run("pools unquarantine public 203.0.113.16"), 0, world.err)
    assert.deepEqual(left(world), [])
    assert.equal(at(world.api.stored(kinds.pool, install, "public"), "status", "availableIPv4"), 1)
  })

  it("changes nothing in a dry run", async () => {
    const world = quarantined()
    assert.equal(await world.run("pools unquarantine public 203.0.113.16 --dry-run"), 0, world.err)
    assert.match(world.out, /may be given again \(dry run\)/)
    assert.deepEqual(left(world), ["203.0.113.16", "2001:db8::1"])
  })

  it("says where the other machine still answers", async () => {
    const world = quarantined()
    world.api.put(kinds.l2Status, {
      metadata: { namespace: install, name: "conflict-1", labels: { "metallb.io/address-conflict": "" } },
      status: { conflict: { address: "203.0.113.16", mac, interface: "eth0", node: "node-a" } },
    })
    assert.equal(await world.run("pools unquarantine public 203.0.113.16"), 0, world.err)
    assert.match(world.err, new RegExp(`^warning: ${mac} answers for it at this moment, says node node-a$`, "m"))
  })

  it("an address that is not quarantined, no address, and a pool that does not exist are told apart", async () => {
    const world = quarantined()
    assert.equal(await world.run("pools unquarantine public 203.0.113.17"), 1)
    assert.match(world.err, /203\.0\.113\.17 is not quarantined in pool public/)
    assert.equal(await world.run("pools unquarantine public printer"), 2)
    assert.match(world.err, /"printer" is not an address/)
    assert.equal(await world.run("pools unquarantine pubic 203.0.113.16"), 1)
    assert.match(world.err, /there is no pool "pubic"/)
  })
})

describe("pools drain and undrain", () => {
  const drainOf = (world: FakeWorld) => at(world.api.stored(kinds.pool, install, "public") ?? {}, "spec", "drain")

  it("sets and takes the field, and says how much is still held", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("pools drain public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public draining   1 of its addresses still held\n")
    assert.equal(drainOf(world), true)
    assert.equal(await world.run("pools"), 0, world.err)
    assert.match(world.out, /public +IPv4 +3 +1 +2 +draining/)
    assert.equal(await world.run("pools undrain public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public in use\n")
    assert.equal(drainOf(world), undefined)
  })

  it("writes nothing where nothing changes, on trial, or where there is no such pool", async () => {
    const world = installed()
    assert.equal(await world.run("pools undrain public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public unchanged: it is in use already\n")
    assert.equal(await world.run("pools drain public --dry-run"), 0, world.err)
    assert.equal(await world.run("pools drain pubic"), 1)
    assert.match(world.err, /there is no pool "pubic"/)
    assert.deepEqual(world.api.writes, [])
  })
})
