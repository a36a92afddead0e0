import assert from "node:assert/strict"
import { test } from "node:test"
import { allocationPrint } from "../../../agent/core/allocate/doubt.ts"
import type { ConfigVerdict, L2Advertisement } from "../../../agent/core/config/model.ts"
import { config, pool, restriction } from "./fixtures.ts"

const verdict = (more: Partial<ConfigVerdict> = {}): ConfigVerdict => ({
  config: config(pool("a", ["10.0.0.0/30"])),
  problems: [],
  brokenPools: [],
  brokenAdvertisements: [],
  brokenBgp: { peers: [], advertisements: [] },
  legacyBroken: false,
  unread: [],
  ...more,
})

const advertising = (...pools: readonly string[]) => {
  const advertisement: L2Advertisement = {
    name: "all",
    source: "resource",
    pools: new Set(pools),
    nodeSelectors: [],
    serviceSelectors: [],
    interfaces: [],
    preferredNodeSelectors: [],
  }
  return { config: { ...verdict().config, l2Advertisements: [advertisement] } }
}

const changes = (before: Partial<ConfigVerdict>, after: Partial<ConfigVerdict>) =>
  allocationPrint(verdict(before)) !== allocationPrint(verdict(after))

test("whatever a pool says is read by allocation, and so is what casts a doubt", () => {
  const namespaces = restriction({ namespaces: new Set(["shop"]) })
  assert.equal(changes({}, { config: config(pool("a", ["10.0.0.0/29"])) }), true)
  assert.equal(changes({}, { config: config(pool("a", ["10.0.0.0/30"], { restriction: namespaces })) }), true)
  assert.equal(changes({}, { legacyBroken: true }), true)
  assert.equal(changes({ brokenPools: ["b", "c", "d"] }, { brokenPools: ["b", "c", "d", "e"] }), true)
  assert.equal(changes({}, {}), false)
})

test("which pools are announced is read where a pool is broken, and nowhere else", () => {
  assert.equal(changes(advertising("a"), advertising("a", "b")), false)
  const brokenPools = ["b"]
  assert.equal(changes({ ...advertising("a"), brokenPools }, { ...advertising("a", "b"), brokenPools }), true)
})
