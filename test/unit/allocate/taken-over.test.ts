import assert from "node:assert/strict"
import { test } from "node:test"
import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import type { LabelMap } from "../../../agent/core/model.ts"
import { bgpAd, judge, l2, pool as written } from "../config/fixtures.ts"
import { said } from "./converging.ts"
import { Controller, dualStack, service } from "./fixtures.ts"

/** Pool "old", edited over the addresses of the younger pool "young", which is left out for it (ML213). */
const input = (old: Parameters<typeof written>[2] = {}, more: Partial<ConfigInput> = {}): Partial<ConfigInput> => ({
  pools: [
    written("old", ["10.0.0.0/24"], { createdAt: 1, ...old }),
    written("young", ["10.0.0.0/28", "2001:db8::/124"], { createdAt: 2 }),
  ],
  l2Advertisements: [l2("all")],
  ...more,
})

const serving = (namespaces: readonly string[], selectors: readonly LabelMap[] = []) => ({
  serviceAllocation: {
    priority: 0,
    namespaces,
    namespaceSelectors: [],
    serviceSelectors: selectors.map(matchLabels => ({ matchLabels })),
  },
})

const holder = service("shop/web", { ips: ["10.0.0.5"], from: "young" })

const kept = "keep 10.0.0.5 | Warning AddressKept | ML120"

const rows: readonly (readonly [string, Partial<ConfigInput>, string, typeof holder?])[] = [
  ["the older pool does not serve the namespace: kept", input(serving(["lab"])), kept],
  ["the older pool does not serve the labels: kept", input(serving([], [{ tier: "gold" }])), kept],
  [
    "the older pool is not advertised: kept with its record, by which it stays announced",
    input({}, { l2Advertisements: [l2("young", { ipAddressPools: ["young"] })] }),
    kept,
  ],
  [
    "the older pool is advertised by another protocol: kept too",
    input({}, { bgpAdvertisements: [bgpAd("young", { ipAddressPools: ["young"] })] }),
    kept,
  ],
  [
    "the older pool avoids the address: kept",
    input({ avoidBuggyIPs: true }),
    "keep 10.0.0.0 | Warning AddressKept | ML120",
    service("shop/web", { ips: ["10.0.0.0"], from: "young" }),
  ],
  [
    "one of two addresses is in the older pool, the other in a third: kept",
    input({}, { pools: [...(input().pools ?? []), written("third", ["2001:db8::/64"], { createdAt: 0 })] }),
    "keep 10.0.0.5,2001:db8::5 | Warning AddressKept | ML120",
    service("shop/web", { ...dualStack, ips: ["10.0.0.5", "2001:db8::5"], from: "young" }),
  ],
  ["the older pool serves it as well: its address is of that pool now", input(), "keep! 10.0.0.5 | - | ML119"],
  [
    "neither pool is advertised: nothing is lost by that",
    input({}, { l2Advertisements: [] }),
    "keep! 10.0.0.5 | - | ML119",
  ],
  [
    "the younger pool is gone: the older one excludes the service",
    input({}, { pools: [written("old", ["10.0.0.0/24"], serving(["lab"]))] }),
    "clear! | Normal ClearAssignment, Warning AllocationFailed | ML118",
  ],
  [
    "an address without a record is left alone",
    input(serving(["lab"])),
    "ignore 10.0.0.5 | - | ML006",
    service("shop/web", { ips: ["10.0.0.5"] }),
  ],
]

for (const [what, configuration, expected, one = holder] of rows)
  test(`a pool was edited over a younger one: ${what}`, () => {
    const verdict = judge(configuration)
    const controller = new Controller(verdict.config, [one], { verdict })
    assert.equal(said(controller.apply(one)), expected)
    assert.equal(controller.again("shop/web").write, false)
  })

test("a pool was edited over a younger one: of two holders the later one still gives way", () => {
  const verdict = judge(input(serving(["lab"])))
  const first = service("shop/first", { ips: ["10.0.0.5"], from: "young", createdAt: 1 })
  const second = service("shop/second", { ips: ["10.0.0.5"], from: "young", createdAt: 2 })
  const controller = new Controller(verdict.config, [first, second], { verdict })
  assert.deepEqual([controller.apply(first).action, controller.apply(second).action], ["keep", "clear"])
})
