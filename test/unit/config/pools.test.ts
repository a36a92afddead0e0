import assert from "node:assert/strict"
import { test } from "node:test"
import { knowsEveryPool } from "../../../agent/core/config/model.ts"
import { problemText } from "../../../agent/core/config/problem.ts"
import type { PoolResource, ServiceAllocation } from "../../../agent/core/model.ts"
import { judge, namespace, pool, poolLines, problemLines } from "./fixtures.ts"

const addresses = ["10.0.0.0/24"]
const allocation = (more: Partial<ServiceAllocation>): Partial<PoolResource> => ({
  serviceAllocation: { priority: 0, namespaces: [], namespaceSelectors: [], serviceSelectors: [], ...more },
})

test("a well-formed pool is used as it is written", () => {
  const verdict = judge({ pools: [pool("public", ["10.0.0.0/24", "fd00::1-fd00::9"], { avoidBuggyIPs: true })] })
  const [used] = verdict.config.pools
  assert.deepEqual(poolLines(verdict), ["public: 10.0.0.0/24, fd00::1-fd00::9"])
  assert.deepEqual(used?.written, ["10.0.0.0/24", "fd00::1-fd00::9"])
  assert.deepEqual([used?.source, used?.autoAssign, used?.avoidBuggyIPs], ["resource", true, true])
  assert.equal(used?.restriction, undefined)
  assert.deepEqual(verdict.problems, [])
  assert.equal(knowsEveryPool(verdict), true)
})

test("pools are sorted by name, not by age or arrival", () => {
  const verdict = judge({ pools: [pool("b", ["10.0.1.0/24"]), pool("a", ["10.0.0.0/24"], { createdAt: 5 })] })
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24", "b: 10.0.1.0/24"])
})

/** [rule, the pool, its problems]. The pool beside it must be used whatever happens to this one. */
const rows: readonly (readonly [string, PoolResource, readonly string[]])[] = [
  ["no addresses", pool("x", []), ["error ML211 ipaddresspool/x spec.addresses"]],
  ["an address without prefix", pool("x", ["1.1.1.1"]), ["error ML210 ipaddresspool/x spec.addresses[0]"]],
  [
    "two faulty entries are both reported",
    pool("x", ["1.1.1.1", "1.1.2.0/24", "y"]),
    ["error ML210 ipaddresspool/x spec.addresses[0]", "error ML210 ipaddresspool/x spec.addresses[2]"],
  ],
  ["an entry twice", pool("x", ["1.1.1.0/24", "1.1.1.0/24"]), ["error ML212 ipaddresspool/x spec.addresses[1]"]],
  [
    "an entry within an earlier one",
    pool("x", ["1.1.1.0/24", "1.1.2.0/24", "1.1.1.7/32"]),
    ["error ML212 ipaddresspool/x spec.addresses[2]"],
  ],
  [
    "an entry around an earlier one",
    pool("x", ["1.1.1.7/32", "1.1.1.0/24"]),
    ["error ML212 ipaddresspool/x spec.addresses[1]"],
  ],
  [
    "a malformed field",
    pool("x", [], { malformed: [{ field: "spec.addresses", message: "found a map, allowed is a list" }] }),
    ["error ML201 ipaddresspool/x spec.addresses"],
  ],
  [
    "an invalid namespace selector",
    pool(
      "x",
      ["1.1.1.0/24"],
      allocation({ namespaceSelectors: [{ matchExpressions: [{ key: "a", operator: "in" }] }] }),
    ),
    [
      "error ML220 ipaddresspool/x spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].operator",
      "warning ML216 ipaddresspool/x spec.serviceAllocation.namespaceSelectors",
    ],
  ],
  [
    "an invalid service selector",
    pool("x", ["1.1.1.0/24"], allocation({ serviceSelectors: [{}, { matchLabels: { "a b": "" } }] })),
    ["error ML220 ipaddresspool/x spec.serviceAllocation.serviceSelectors[1].matchLabels[a b]"],
  ],
]

for (const [rule, faulty, problems] of rows) {
  test(`a pool with ${rule} is left out and reported, and the pool beside it is used`, () => {
    const verdict = judge({ pools: [faulty, pool("good", addresses)] })
    assert.deepEqual(poolLines(verdict), ["good: 10.0.0.0/24"])
    assert.deepEqual(problemLines(verdict), problems)
    assert.deepEqual(verdict.brokenPools, ["x"])
    assert.equal(knowsEveryPool(verdict), false)
  })
}

test("a problem names object, field, the wrong text, what is allowed, and what becomes of the addresses given", () => {
  const [problem] = judge({ pools: [pool("public", ["192.168.1.11-13"])] }).problems
  assert.equal(
    problem === undefined ? "" : problemText(problem),
    'ipaddresspool/public, spec.addresses[0]: "192.168.1.11-13": "13" is not an IP address; write a CIDR such as ' +
      "192.168.1.0/24 or a range such as 192.168.1.11-192.168.1.13; " +
      "addresses given from pool public before stay where they are",
  )
})

test("of two overlapping pools the older one is used, whatever their names", () => {
  const verdict = judge({
    pools: [pool("a", ["10.0.0.0/25"], { createdAt: 2000 }), pool("b", ["10.0.0.0/24"], { createdAt: 1000 })],
  })
  assert.deepEqual(poolLines(verdict), ["b: 10.0.0.0/24"])
  assert.deepEqual(problemLines(verdict), ["error ML213 ipaddresspool/a spec.addresses[0]"])
  assert.match(
    verdict.problems[0]?.message ?? "",
    /10\.0\.0\.0\/25 overlaps with already defined CIDR 10\.0\.0\.0\/24 of IPAddressPool b, which is older/,
  )
  assert.deepEqual(verdict.brokenPools, ["a"])
})

test("of two overlapping pools of one age the first by name is used", () => {
  const verdict = judge({ pools: [pool("b", ["10.0.0.0/24"]), pool("a", ["10.0.0.128/25"])] })
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.128/25"])
})

test("a pool that overlaps only one that is left out itself is used", () => {
  const verdict = judge({
    pools: [
      pool("a", ["10.0.0.0/24"], { createdAt: 1 }),
      pool("b", ["10.0.0.0/24", "10.0.1.0/24"], { createdAt: 2 }),
      pool("c", ["10.0.1.0/24"], { createdAt: 3 }),
    ],
  })
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24", "c: 10.0.1.0/24"])
  assert.deepEqual(verdict.brokenPools, ["b"])
})

test("a pool that cannot be read takes no addresses from the others", () => {
  const verdict = judge({
    pools: [pool("a", ["10.0.0.0/24", "oops"], { createdAt: 1 }), pool("b", addresses, { createdAt: 2 })],
  })
  assert.deepEqual(poolLines(verdict), ["b: 10.0.0.0/24"])
})

test("a pool outside the installation's namespace has no effect, and a warning says so", () => {
  const verdict = judge({ pools: [pool("public", addresses, { namespace: "default" })] })
  assert.deepEqual(poolLines(verdict), [])
  assert.deepEqual(problemLines(verdict), ["warning ML202 ipaddresspool/public metadata.namespace"])
  assert.equal(knowsEveryPool(verdict), true)
})

test("a pool is open to the namespaces named and to those that a selector matches (spec 3.4)", () => {
  const verdict = judge({
    pools: [
      pool(
        "x",
        addresses,
        allocation({ namespaces: ["shop", "later"], namespaceSelectors: [{ matchLabels: { team: "a" } }] }),
      ),
    ],
    namespaces: [namespace("one", { team: "a" }), namespace("two", { team: "b" }), namespace("shop", { team: "a" })],
  })
  assert.deepEqual([...(verdict.config.pools[0]?.restriction?.namespaces ?? [])], ["later", "one", "shop"])
  assert.deepEqual(verdict.problems, [])
})

test("selectors that match no namespace admit nobody, and a warning says so (MetalLB would admit everybody)", () => {
  const verdict = judge({
    pools: [pool("x", addresses, allocation({ namespaceSelectors: [{ matchLabels: { team: "a" } }] }))],
    namespaces: [namespace("two", { team: "b" })],
  })
  assert.deepEqual(verdict.config.pools[0]?.restriction?.namespaces, new Set())
  assert.deepEqual(problemLines(verdict), ["warning ML216 ipaddresspool/x spec.serviceAllocation.namespaceSelectors"])
  assert.deepEqual(verdict.brokenPools, [])
})

test("an empty serviceAllocation restricts nothing and keeps its priority (spec 3.4)", () => {
  const verdict = judge({ pools: [pool("x", addresses, allocation({ priority: 7 }))] })
  assert.deepEqual(verdict.config.pools[0]?.restriction, { priority: 7, namespaces: undefined, serviceSelectors: [] })
})

test("a negative priority counts as the lowest, and a warning says so", () => {
  const verdict = judge({ pools: [pool("x", addresses, allocation({ priority: -1 }))] })
  assert.equal(verdict.config.pools[0]?.restriction?.priority, 0)
  assert.deepEqual(problemLines(verdict), ["warning ML217 ipaddresspool/x spec.serviceAllocation.priority"])
})

test("what is listed twice is reported and the pool is used (MetalLB would refuse it)", () => {
  const selector = { matchLabels: { app: "web" } }
  const verdict = judge({
    pools: [pool("x", addresses, allocation({ namespaces: ["a", "b", "a"], serviceSelectors: [selector, selector] }))],
  })
  assert.deepEqual(problemLines(verdict), [
    "warning ML221 ipaddresspool/x spec.serviceAllocation.namespaces[2]",
    "warning ML221 ipaddresspool/x spec.serviceAllocation.serviceSelectors[1]",
  ])
  assert.deepEqual(verdict.brokenPools, [])
})
