import assert from "node:assert/strict"
import { test } from "node:test"
import { checkConfig } from "../../../agent/core/check/check.ts"
import { decodePool } from "../../../agent/core/kube/decode-config.ts"
import { reasonCodes, reasonOf } from "../../../agent/core/reasons.ts"
import { faultyBgp } from "./fixes-bgp.ts"
import { bgpAd, configMap, judge, judgeWithout, l2, namespace, pool } from "./fixtures.ts"

const selector = { matchLabels: { a: "b" } }
const allocation = { priority: -1, namespaces: ["x", "x"], namespaceSelectors: [], serviceSelectors: [] }

/** Configurations that together carry every fault that the judge knows. */
const verdicts = [
  judge({
    pools: [
      pool("elsewhere", ["10.0.0.0/24"], { namespace: "default" }),
      pool("unreadable", ["oops"]),
      pool("order", ["10.7.0.0/24"], { allocationOrder: "highest" }),
      pool("check", ["10.8.0.0/24"], { conflictCheck: "never" }),
      pool("empty", []),
      pool("self", ["10.1.0.0/24", "10.1.0.0/25"]),
      pool("used", ["10.2.0.0/24", "10.5.0.0/24"], { createdAt: 1, serviceAllocation: allocation }),
      pool("young", ["10.2.0.0/24"], { createdAt: 2 }),
      pool("malformed", [], { malformed: [{ field: "spec.addresses", message: "found a map, allowed is a list" }] }),
      pool("nobody", ["10.3.0.0/24"], {
        serviceAllocation: { ...allocation, priority: 0, namespaces: [], namespaceSelectors: [selector] },
      }),
    ],
    l2Advertisements: [
      l2("names", { ipAddressPools: ["lead"], ipAddressPoolSelectors: [selector] }),
      l2("weight", { preferredNodeSelectors: [{ weight: 0, preference: {} }] }),
      l2("selector", { nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "in" }] }] }),
    ],
    namespaces: [namespace("shop")],
    legacy: configMap(`colour: red
peers: []
address-pools:
- {name: a, protocol: layer2, addresses: [10.2.0.0/16]}
- {name: b, protocol: bgp, addresses: [10.4.0.0/24]}
- {name: b, protocol: layer2, addresses: [10.6.0.0/24]}
- {protocol: arp, addresses: []}
`),
  }),
  judge({ legacy: configMap(undefined) }),
  judge({ legacy: configMap("a: [") }),
  judge({ legacy: configMap("address-pools") }),
  faultyBgp,
  judgeWithout(["communities"], { bgpAdvertisements: [bgpAd("alias", { communities: ["nobody"] })] }),
]
const problems = verdicts.flatMap(verdict => checkConfig(verdict, "metallb-system"))
/** Said of files alone: unit/plugin/check/check.test.ts. */
const ofFiles = "ML203"

test("every reason of a faulty configuration comes up in these verdicts", () => {
  const found = new Set(problems.map(({ reason }) => reason))
  const all = reasonCodes().filter(code => code.startsWith("ML2") && code !== ofFiles)
  assert.deepEqual([...found].filter(code => code.startsWith("ML2")).sort(), all)
})

test("every placeholder in the fix of a problem is filled by the facts of that problem", () => {
  for (const { reason, facts, object } of problems) {
    for (const [, placeholder = ""] of reasonOf(reason).fix.matchAll(/\{([A-Za-z]+)\}/g)) {
      assert.ok(placeholder in facts, `${reason} of ${object} has no fact "${placeholder}"`)
    }
  }
})

test("an object that cannot even be named carries the facts that its fix needs", () => {
  const decoded = decodePool({ metadata: { namespace: "metallb-system" } })
  assert.ok(!decoded.ok)
  const { reason, facts } = decoded.problem
  for (const [, placeholder = ""] of reasonOf(reason).fix.matchAll(/\{([A-Za-z]+)\}/g)) assert.ok(placeholder in facts)
})
