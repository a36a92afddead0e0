import assert from "node:assert/strict"
import { test } from "node:test"
import type { L2AdvertisementResource } from "../../../agent/core/model.ts"
import { configMap, judge, l2, pool, problemLines } from "./fixtures.ts"

const pools = [
  pool("gold", ["10.0.0.0/24"], { labels: { class: "gold" } }),
  pool("tin", ["10.0.1.0/24"], { labels: { class: "tin" } }),
]
const legacy = configMap("address-pools:\n- {name: old, protocol: layer2, addresses: [10.0.2.0/24]}\n")
const none = { matchLabels: { class: "none" } }

/** [rule, advertisement, the pools it covers, problems]. Spec 1.5; pools of the ConfigMap have an advertisement of their own. */
const rows: readonly (readonly [string, L2AdvertisementResource, readonly string[], readonly string[]])[] = [
  ["neither names nor selectors: every IPAddressPool", l2("x"), ["gold", "tin"], []],
  ["a name", l2("x", { ipAddressPools: ["tin"] }), ["tin"], []],
  ["a selector", l2("x", { ipAddressPoolSelectors: [{ matchLabels: { class: "gold" } }] }), ["gold"], []],
  [
    "names and selectors together",
    l2("x", { ipAddressPools: ["tin"], ipAddressPoolSelectors: [{ matchLabels: { class: "gold" } }] }),
    ["gold", "tin"],
    [],
  ],
  ["an empty selector: every IPAddressPool", l2("x", { ipAddressPoolSelectors: [{}] }), ["gold", "tin"], []],
  [
    "a pool by name and by selector: once",
    l2("x", { ipAddressPools: ["gold"], ipAddressPoolSelectors: [{ matchLabels: { class: "gold" } }] }),
    ["gold"],
    [],
  ],
  [
    "selectors that match nothing: no pool",
    l2("x", { ipAddressPoolSelectors: [none] }),
    [],
    ["warning ML231 l2advertisement/x spec.ipAddressPoolSelectors"],
  ],
  ["the name of a pool of the ConfigMap", l2("x", { ipAddressPools: ["old"] }), ["old"], []],
  [
    "the name of no pool",
    l2("x", { ipAddressPools: ["gold", "lead"] }),
    ["gold", "lead"],
    ["warning ML230 l2advertisement/x spec.ipAddressPools[1]"],
  ],
  [
    "a name twice",
    l2("x", { ipAddressPools: ["gold", "gold"] }),
    ["gold"],
    ["warning ML221 l2advertisement/x spec.ipAddressPools[1]"],
  ],
]

for (const [rule, advertisement, covered, problems] of rows) {
  test(`an L2Advertisement with ${rule}`, () => {
    const verdict = judge({ pools, legacy, l2Advertisements: [advertisement] })
    const found = verdict.config.l2Advertisements.find(({ name }) => name === "x")
    assert.deepEqual([...(found?.pools ?? [])], covered)
    assert.deepEqual(problemLines(verdict), problems)
    assert.deepEqual(verdict.brokenAdvertisements, [])
  })
}

/** [rule, advertisement, problem]. */
const faulty: readonly (readonly [string, L2AdvertisementResource, string])[] = [
  [
    "an invalid node selector",
    l2("x", { nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "In", values: [] }] }] }),
    "error ML220 l2advertisement/x spec.nodeSelectors[0].matchExpressions[0].values",
  ],
  [
    "an invalid service selector",
    l2("x", { serviceSelectors: [{ matchLabels: { a: "no spaces" } }] }),
    "error ML220 l2advertisement/x spec.serviceSelectors[0].matchLabels[a]",
  ],
  [
    "a weight of 0",
    l2("x", { preferredNodeSelectors: [{ weight: 0, preference: {} }] }),
    "error ML232 l2advertisement/x spec.preferredNodeSelectors[0].weight",
  ],
  [
    "a weight of 101",
    l2("x", { preferredNodeSelectors: [{ weight: 101, preference: {} }] }),
    "error ML232 l2advertisement/x spec.preferredNodeSelectors[0].weight",
  ],
  [
    "an invalid preference",
    l2("x", {
      preferredNodeSelectors: [{ weight: 1, preference: { matchExpressions: [{ key: "", operator: "Exists" }] } }],
    }),
    "error ML220 l2advertisement/x spec.preferredNodeSelectors[0].preference.matchExpressions[0].key",
  ],
  [
    "a malformed field",
    l2("x", { malformed: [{ field: "spec.interfaces", message: "found a map, allowed is a list" }] }),
    "error ML201 l2advertisement/x spec.interfaces",
  ],
]

for (const [rule, advertisement, problem] of faulty) {
  test(`an L2Advertisement with ${rule} is left out and reported, and the one beside it is used`, () => {
    const verdict = judge({ pools, l2Advertisements: [advertisement, l2("good")] })
    assert.deepEqual(
      verdict.config.l2Advertisements.map(({ name }) => name),
      ["good"],
    )
    assert.deepEqual(problemLines(verdict), [problem])
    assert.deepEqual(verdict.brokenAdvertisements, ["x"])
  })
}

test("weights of 1 and 100, a preference twice and interfaces named twice are accepted (spec 1.5)", () => {
  const preferredNodeSelectors = [
    { weight: 1, preference: {} },
    { weight: 1, preference: {} },
    { weight: 100, preference: {} },
  ]
  const verdict = judge({
    pools,
    l2Advertisements: [l2("x", { preferredNodeSelectors, interfaces: ["eth0", "eth0"] })],
  })
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(verdict.config.l2Advertisements[0]?.preferredNodeSelectors, preferredNodeSelectors)
})

test("an L2Advertisement that broke keeps its last valid version, and says so", () => {
  const before = judge({ pools, l2Advertisements: [l2("x", { ipAddressPools: ["gold"], interfaces: ["eth0"] })] })
  const broken = l2("x", { ipAddressPools: ["gold"], preferredNodeSelectors: [{ weight: 0, preference: {} }] })
  const verdict = judge({ pools, l2Advertisements: [broken] }, before.config)
  assert.deepEqual(verdict.config.l2Advertisements, before.config.l2Advertisements)
  assert.match(verdict.problems[0]?.message ?? "", /the last valid version stays in use/)
  assert.deepEqual(verdict.brokenAdvertisements, [])
})

test("an L2Advertisement still covers a pool that cannot be read: the addresses it gave stay announced", () => {
  const verdict = judge({ pools: [pool("gold", ["oops"])], l2Advertisements: [l2("all")] })
  assert.deepEqual([...(verdict.config.l2Advertisements[0]?.pools ?? [])], ["gold"])
})

test("an L2Advertisement outside the installation's namespace has no effect", () => {
  const verdict = judge({ pools, l2Advertisements: [l2("x", { namespace: "default" })] })
  assert.deepEqual(verdict.config.l2Advertisements, [])
  assert.deepEqual(problemLines(verdict), ["warning ML202 l2advertisement/x metadata.namespace"])
})
