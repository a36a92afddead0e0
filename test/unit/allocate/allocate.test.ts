import assert from "node:assert/strict"
import { test } from "node:test"
import type { Pool } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { answer, asks, decide, holder, onlyFor, v4, v6, web } from "./deciding.ts"
import { dualStack, pool, restriction, service, v6Only } from "./fixtures.ts"

const traceText = (one: Service, pools: readonly Pool[], others: readonly Service[] = []) =>
  decide(one, pools, others).trace.map(step => `${step.subject} ${step.verdict} ${step.reason}`)

/** Rule, service, pools, other services, expected. */
const table: readonly [string, Service, readonly Pool[], readonly Service[], string][] = [
  ["3.6 the lowest free address", web, [pool("a", ["10.0.0.0/30"])], [holder("10.0.0.0")], "a: 10.0.0.1"],
  ["3.6 ranges in the order written", web, [pool("a", ["10.0.0.8/32", "10.0.0.1/32"])], [], "a: 10.0.0.8"],
  ["3.6 open pools by name", web, [pool("b", ["10.0.2.0/30"]), pool("a", ["10.0.1.0/30"])], [], "a: 10.0.1.0"],
  [
    "3.6 restricted pools that serve the service before open ones",
    web,
    [pool("a", ["10.0.1.0/30"]), pool("z", ["10.0.9.0/30"], { restriction: onlyFor("shop") })],
    [],
    "z: 10.0.9.0",
  ],
  [
    "3.6 positive priorities ascending, 0 last",
    web,
    [
      pool("a", ["10.0.1.0/30"], { restriction: restriction({ priority: 0 }) }),
      pool("b", ["10.0.2.0/30"], { restriction: restriction({ priority: 20 }) }),
      pool("c", ["10.0.3.0/30"], { restriction: restriction({ priority: 10 }) }),
    ],
    [],
    "c: 10.0.3.0",
  ],
  [
    "3.6 equal priorities by name",
    web,
    [
      pool("b", ["10.0.2.0/30"], { restriction: restriction({ priority: 5 }) }),
      pool("a", ["10.0.1.0/30"], { restriction: restriction({ priority: 5 }) }),
    ],
    [],
    "a: 10.0.1.0",
  ],
  [
    "3.6 open pools when the restricted ones are full",
    web,
    [pool("a", ["10.0.1.0/32"], { restriction: onlyFor("shop") }), pool("b", ["10.0.2.0/32"])],
    [holder("10.0.1.0")],
    "b: 10.0.2.0",
  ],
  ["3.6 every pool full", web, [pool("a", ["10.0.0.1/32"])], [holder("10.0.0.1")], "ML118"],
  ["3.6 no pool", web, [], [], "ML117"],
  ["3.4 autoAssign false is passed by", web, [pool("a", ["10.0.0.0/30"], { autoAssign: false })], [], "ML118"],
  [
    "3.4 namespace and labels must both match",
    service("shop/web", { labels: { tier: "gold" } }),
    [
      pool("a", ["10.0.1.0/30"], {
        restriction: onlyFor("lab", { serviceSelectors: [{ matchLabels: { tier: "gold" } }] }),
      }),
      pool("b", ["10.0.2.0/30"], {
        restriction: onlyFor("shop", { serviceSelectors: [{ matchLabels: { tier: "tin" } }] }),
      }),
      pool("c", ["10.0.3.0/30"], {
        restriction: onlyFor("shop", {
          serviceSelectors: [{ matchLabels: { tier: "tin" } }, { matchLabels: { tier: "gold" } }],
        }),
      }),
    ],
    [],
    "c: 10.0.3.0",
  ],
  [
    "3.4 selectors that match no namespace admit nobody (MetalLB: everybody)",
    web,
    [pool("a", ["10.0.0.0/30"], { restriction: restriction({ namespaces: new Set() }) })],
    [],
    "ML118",
  ],
  [
    "3.4 a pool with priority alone serves everybody",
    web,
    [pool("a", ["10.0.1.0/30"]), pool("b", ["10.0.2.0/30"], { restriction: restriction({ priority: 1 }) })],
    [],
    "b: 10.0.2.0",
  ],
  ["3.3 avoidBuggyIPs skips .0", web, [pool("a", ["10.0.0.0/30"], { avoidBuggyIPs: true })], [], "a: 10.0.0.1"],
  [
    "2.4.3 the named pool, though it does not assign by itself",
    asks({ "metallb.io/address-pool": "b" }),
    [pool("a", ["10.0.1.0/30"]), pool("b", ["10.0.2.0/30"], { autoAssign: false })],
    [],
    "b: 10.0.2.0",
  ],
  [
    "3.6 the named pool is unknown",
    asks({ "metallb.io/address-pool": "x" }),
    [pool("a", ["10.0.1.0/30"])],
    [],
    "ML108",
  ],
  [
    "3.6 the named pool is full",
    asks({ "metallb.io/address-pool": "a" }),
    [pool("a", ["10.0.1.0/32"]), pool("b", ["10.0.2.0/32"])],
    [holder("10.0.1.0")],
    "ML101",
  ],
  [
    "2.5 the named pool lacks the family",
    asks({ "metallb.io/address-pool": "a" }, v6Only),
    [pool("a", ["10.0.1.0/30"])],
    [],
    "ML103",
  ],
  [
    "3.4 the named pool does not serve the namespace",
    asks({ "metallb.io/address-pool": "a" }),
    [pool("a", ["10.0.1.0/30"], { restriction: onlyFor("lab") })],
    [],
    "ML104",
  ],
  [
    "2.4.2 the address asked for",
    asks({ "metallb.io/loadBalancerIPs": "10.0.0.3" }),
    [pool("a", ["10.0.0.0/30"], { autoAssign: false })],
    [],
    "a: 10.0.0.3",
  ],
  [
    "2.4.2 spec.loadBalancerIP",
    service("shop/web", { loadBalancerIP: "10.0.0.2" }),
    [pool("a", ["10.0.0.0/30"])],
    [],
    "a: 10.0.0.2",
  ],
  [
    "2.4.2 the family of the address must be the service's",
    asks({ "metallb.io/loadBalancerIPs": "fc00::1" }),
    [pool("a", ["10.0.0.0/30", "fc00::/120"])],
    [],
    "ML010",
  ],
  [
    "2.4.2 a dual service needs two addresses, so spec.loadBalancerIP never satisfies it",
    service("shop/web", { ...dualStack, loadBalancerIP: "10.0.0.2" }),
    [pool("a", ["10.0.0.0/30", "fc00::/120"])],
    [],
    "ML010",
  ],
  [
    "3.5 outside every pool",
    asks({ "metallb.io/loadBalancerIPs": "10.9.9.9" }),
    [pool("a", ["10.0.0.0/30"])],
    [],
    "ML109",
  ],
  [
    "2.5 two addresses from two pools",
    asks({ "metallb.io/loadBalancerIPs": "10.0.0.1,fc00::1" }, dualStack),
    [pool("a", ["10.0.0.0/30"]), pool("b", ["fc00::/120"])],
    [],
    "ML110",
  ],
  [
    "2.5 two addresses of one pool, whatever their order",
    asks({ "metallb.io/loadBalancerIPs": "fc00::1,10.0.0.1" }, dualStack),
    [pool("a", ["10.0.0.0/30", "fc00::/120"])],
    [],
    "a: 10.0.0.1 fc00::1",
  ],
  [
    "3.3 an avoided address asked for",
    asks({ "metallb.io/loadBalancerIPs": "10.0.0.0" }),
    [pool("a", ["10.0.0.0/30"], { avoidBuggyIPs: true })],
    [],
    "ML115",
  ],
  [
    "2.4.2 address and pool disagree",
    asks({ "metallb.io/loadBalancerIPs": "10.0.1.1", "metallb.io/address-pool": "b" }),
    [pool("a", ["10.0.1.0/30"]), pool("b", ["10.0.2.0/30"])],
    [],
    "ML116",
  ],
  [
    "3.5 the address is held by another service",
    asks({ "metallb.io/loadBalancerIPs": "10.0.0.1" }),
    [pool("a", ["10.0.0.0/30"])],
    [holder("10.0.0.1")],
    "ML111",
  ],
  [
    "3.5 the pool of the address does not serve the labels",
    asks({ "metallb.io/loadBalancerIPs": "10.0.0.1" }),
    [pool("a", ["10.0.0.0/30"], { restriction: restriction({ serviceSelectors: [{ matchLabels: { a: "b" } }] }) })],
    [],
    "ML105",
  ],
  [
    "2.2 an address in the status of another load balancer's service is not given",
    web,
    [pool("a", ["10.0.0.0/31"])],
    [holder("10.0.0.0", { loadBalancerClass: "other.io/lb" })],
    "a: 10.0.0.1",
  ],
  [
    "2.2 nor when asked for",
    asks({ "metallb.io/loadBalancerIPs": "10.0.0.0" }),
    [pool("a", ["10.0.0.0/31"])],
    [holder("10.0.0.0", { loadBalancerClass: "other.io/lb" })],
    "ML128",
  ],
]

for (const [rule, one, pools, others, expected] of table)
  test(rule, () => assert.equal(answer(one, pools, others), expected))

test("the trace has one step for every pool, in the order of trial, each with its own code", () => {
  const pools = [
    pool("auto-off", ["10.0.1.0/30"], { autoAssign: false }),
    pool("full", ["10.0.2.0/32"]),
    pool("labels", ["10.0.3.0/30"], { restriction: restriction({ serviceSelectors: [{ matchLabels: { a: "b" } }] }) }),
    pool("namespace", ["10.0.4.0/30"], { restriction: onlyFor("lab") }),
    pool("six", ["2001:db8::/120"]),
    pool("to-take", ["10.0.5.0/30"]),
    pool("too-late", ["10.0.6.0/30"]),
  ]
  assert.deepEqual(traceText(web, pools, [holder("10.0.2.0")]), [
    "pool/labels rejected ML105",
    "pool/namespace rejected ML104",
    "pool/auto-off rejected ML102",
    "pool/full rejected ML101",
    "pool/six rejected ML103",
    "pool/to-take chosen ML100",
    "pool/too-late not-tried ML106",
  ])
})

test("where the service asks for a pool, the other pools are said to be not asked for", () => {
  const pools = [pool("a", ["10.0.1.0/30"]), pool("b", ["10.0.2.0/30"])]
  assert.deepEqual(traceText(asks({ "metallb.io/address-pool": "b" }), pools), [
    "pool/a not-tried ML107",
    "pool/b chosen ML100",
  ])
})

test("where one family of two is given, pools that could have given one too are eligible", () => {
  const pools = [v4, pool("v4b", ["10.5.0.0/30"]), v6]
  assert.deepEqual(traceText(service("shop/web", dualStack), pools), [
    "pool/v4 chosen ML134",
    "pool/v4b eligible ML131",
    "pool/v6 eligible ML131",
  ])
})

test("a full pool says how many addresses it has and how many are held", () => {
  const outcome = decide(web, [pool("a", ["10.0.0.1-10.0.0.2"])], [holder("10.0.0.1"), holder("10.0.0.2")])
  const [step] = outcome.trace
  assert.deepEqual(step?.facts, { pool: "a", family: "IPv4", used: 2, size: 2 })
  assert.deepEqual(outcome.ok ? {} : outcome.facts, { pools: "a: full: 2 of 2 held [ML101]" })
})
