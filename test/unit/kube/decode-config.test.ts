import assert from "node:assert/strict"
import { test } from "node:test"
import { decodeL2Advertisement, decodeLegacyConfigMap, decodePool } from "../../../agent/core/kube/decode-config.ts"

test("a pool is read with the defaults of its schema: autoAssign true, avoidBuggyIPs false", () => {
  const decoded = decodePool({ metadata: { name: "public", generation: 3 }, spec: { addresses: ["10.0.0.0/24"] } })
  assert.ok(decoded.ok)
  const { addresses, autoAssign, avoidBuggyIPs, serviceAllocation, generation, malformed } = decoded.value
  assert.deepEqual([addresses, autoAssign, avoidBuggyIPs, serviceAllocation], [["10.0.0.0/24"], true, false, undefined])
  assert.deepEqual([generation, malformed], [3, undefined])
})

test("an empty serviceAllocation is there, a missing one is not (spec 1.1)", () => {
  const decoded = decodePool({ metadata: { name: "public" }, spec: { addresses: [], serviceAllocation: {} } })
  assert.ok(decoded.ok)
  const none = { priority: 0, namespaces: [], namespaceSelectors: [], serviceSelectors: [] }
  assert.deepEqual(decoded.value.serviceAllocation, none)
})

test("selectors keep their labels and expressions, and an empty selector stays empty", () => {
  const decoded = decodePool({
    metadata: { name: "public" },
    spec: {
      addresses: ["10.0.0.0/24"],
      serviceAllocation: {
        priority: 5,
        namespaces: ["a"],
        namespaceSelectors: [{}, { matchLabels: { team: "a" } }],
        serviceSelectors: [{ matchExpressions: [{ key: "k", operator: "Exists" }] }],
      },
    },
  })
  assert.ok(decoded.ok)
  assert.deepEqual(decoded.value.serviceAllocation, {
    priority: 5,
    namespaces: ["a"],
    namespaceSelectors: [{}, { matchLabels: { team: "a" } }],
    serviceSelectors: [{ matchExpressions: [{ key: "k", operator: "Exists", values: [] }] }],
  })
})

test("a malformed pool is still known to exist and says which fields cannot be read", () => {
  const decoded = decodePool({ metadata: { name: "public" }, spec: { addresses: "10.0.0.0/24", autoAssign: "no" } })
  assert.ok(decoded.ok)
  assert.deepEqual(
    decoded.value.malformed?.map(({ field }) => field),
    ["spec.addresses", "spec.autoAssign"],
  )
})

test("a pool without a name is no pool", () => {
  const decoded = decodePool({ spec: { addresses: [] } })
  assert.ok(!decoded.ok)
  assert.equal(decoded.problem.object, "ipaddresspool/?")
})

test("an L2Advertisement without a spec advertises everything everywhere", () => {
  const decoded = decodeL2Advertisement({ metadata: { name: "all" } })
  assert.ok(decoded.ok)
  const { ipAddressPools, ipAddressPoolSelectors, nodeSelectors, interfaces, preferredNodeSelectors } = decoded.value
  assert.deepEqual(
    [ipAddressPools, ipAddressPoolSelectors, nodeSelectors, interfaces, preferredNodeSelectors],
    [[], [], [], [], []],
  )
})

test("preferences keep their weight and selector", () => {
  const preferredNodeSelectors = [{ weight: 10, preference: { matchLabels: { rack: "1" } } }]
  const decoded = decodeL2Advertisement({ metadata: { name: "all" }, spec: { preferredNodeSelectors } })
  assert.ok(decoded.ok)
  assert.deepEqual(decoded.value.preferredNodeSelectors, preferredNodeSelectors)
})

test("the ConfigMap's text is data.config, and undefined where that key is missing", () => {
  const text = (data: unknown) => {
    const decoded = decodeLegacyConfigMap({ metadata: { namespace: "metallb-system", name: "config" }, data })
    assert.ok(decoded.ok)
    return decoded.value.text
  }
  assert.equal(text({ config: "address-pools: []" }), "address-pools: []")
  assert.equal(text({ other: "x" }), undefined)
  assert.equal(text(undefined), undefined)
})

test("the counters of a pool are read where all are there, and a status of a wrong type is no fault of the pool's", () => {
  const countedIn = (status: unknown) => {
    const decoded = decodePool({ metadata: { name: "public" }, spec: { addresses: ["10.0.0.0/24"] }, status })
    assert.ok(decoded.ok)
    assert.equal(decoded.value.malformed, undefined)
    return decoded.value.counted
  }
  const all = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 255, availableIPv6: 2 ** 63 }
  assert.deepEqual(countedIn({ ...all, quarantined: [] }), all)
  assert.equal(countedIn({ assignedIPv4: 1 }), undefined)
  assert.equal(countedIn({ ...all, assignedIPv4: "1" }), undefined)
  assert.equal(countedIn(undefined), undefined)
})
