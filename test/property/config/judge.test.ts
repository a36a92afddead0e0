import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import { knowsEveryPool } from "../../../agent/core/config/model.ts"
import { rangesOverlap } from "../../../agent/core/ip/range.ts"
import type { LabelSelector, PoolResource } from "../../../agent/core/model.ts"
import { configMap, judge, l2, namespace, pool } from "../../unit/config/fixtures.ts"

const label = fc.constantFrom("a", "b")
const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  label.map(value => ({ matchLabels: { team: value } })),
  fc.record({
    matchExpressions: fc.array(
      fc.record({
        key: fc.constantFrom("team", "not a key"),
        operator: fc.constantFrom("In", "NotIn", "Exists", "in"),
        values: fc.array(label, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  }),
)
const selectors = fc.array(selector, { maxLength: 2 })

/** Entries crowd into 10.0.0.0/24, so that pools overlap often. */
const entry = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(200), fc.nat(20)).map(([from, size]) => `10.0.0.${from}-10.0.0.${from + size}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(255), fc.integer({ min: 24, max: 32 })).map(([host, bits]) => `10.0.0.${host}/${bits}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("fd00::/120", "fd00::80-fd00::90", "oops", "10.0.0.1", "10.0.0.9-10.0.0.1") },
)

const pools = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("p0", "p1", "p2", "p3", "p4", "p5"),
      addresses: fc.array(entry, { maxLength: 3 }),
      createdAt: fc.nat(3),
      namespace: fc.constantFrom("metallb-system", "metallb-system", "metallb-system", "default"),
      labels: label.map(value => ({ team: value })),
      serviceAllocation: fc.option(
        fc.record({
          priority: fc.integer({ min: -1, max: 3 }),
          namespaces: fc.array(fc.constantFrom("n0", "n1"), { maxLength: 3 }),
          namespaceSelectors: selectors,
          serviceSelectors: selectors,
        }),
        { nil: undefined },
      ),
    }),
    { selector: item => item.name, maxLength: 6 },
  )
  .map(list => list.map(({ name, addresses, ...more }): PoolResource => pool(name, addresses, more)))

const advertisements = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("a0", "a1", "a2"),
      ipAddressPools: fc.array(fc.constantFrom("p0", "p1", "p9", "old"), { maxLength: 2 }),
      ipAddressPoolSelectors: selectors,
      nodeSelectors: selectors,
    }),
    { selector: item => item.name, maxLength: 3 },
  )
  .map(list => list.map(({ name, ...more }) => l2(name, more)))

const legacy = fc.option(
  fc
    .oneof(
      fc.constantFrom("address-pools", "", "hello: [", undefined),
      fc
        .array(fc.tuple(fc.constantFrom("old", "p0", "l1"), entry, fc.constantFrom("layer2", "layer2", "bgp", "arp")), {
          maxLength: 3,
        })
        .map(
          list =>
            `address-pools: ${JSON.stringify(list.map(([name, range, protocol]) => ({ name, protocol, addresses: [range] })))}`,
        ),
    )
    .map(configMap),
  { nil: undefined },
)

const input: fc.Arbitrary<ConfigInput> = fc.record({
  pools,
  l2Advertisements: advertisements,
  legacy,
  namespaces: fc.constant([namespace("n0", { team: "a" }), namespace("n1", { team: "b" }), namespace("n2")]),
  installNamespace: fc.constant("metallb-system"),
})

/** The same objects in an order of its own. */
const shuffled = (value: ConfigInput): fc.Arbitrary<ConfigInput> =>
  fc.record({
    pools: fc.shuffledSubarray([...value.pools], { minLength: value.pools.length }),
    l2Advertisements: fc.shuffledSubarray([...value.l2Advertisements], { minLength: value.l2Advertisements.length }),
    namespaces: fc.shuffledSubarray([...value.namespaces], { minLength: value.namespaces.length }),
    legacy: fc.constant(value.legacy),
    installNamespace: fc.constant(value.installNamespace),
  })

test("the verdict does not depend on the order of the objects", () => {
  const pair = input.chain(value => fc.tuple(fc.constant(value), shuffled(value)))
  fc.assert(
    fc.property(pair, input, ([first, second], earlier) => {
      const before = judge(earlier).config
      assert.deepEqual(judge(second), judge(first))
      assert.deepEqual(judge(second, before), judge(first, before))
    }),
    { numRuns: 300 },
  )
})

test("pools in use have names of their own and share no address, also with last valid versions among them", () => {
  fc.assert(
    fc.property(input, input, (now, earlier) => {
      const { pools: used } = judge(now, judge(earlier).config).config
      assert.equal(new Set(used.map(({ name }) => name)).size, used.length)
      const ranges = used.flatMap(({ ranges }) => ranges)
      for (const [index, range] of ranges.entries()) {
        assert.ok(!ranges.slice(index + 1).some(other => rangesOverlap(range, other)))
      }
    }),
    { numRuns: 300 },
  )
})

test("every pool of the installation is in use or has a problem of its own, and every error says what becomes of it", () => {
  fc.assert(
    fc.property(input, now => {
      const verdict = judge(now)
      for (const { name } of now.pools) {
        const used = verdict.config.pools.some(other => other.name === name && other.source === "resource")
        const reported = verdict.problems.some(problem => problem.object === `ipaddresspool/${name}`)
        assert.ok(used || reported)
      }
      assert.ok(verdict.problems.every(({ message }) => message !== ""))
    }),
    { numRuns: 300 },
  )
})

test("a pool that was valid and still exists is in use, or its name warns against clearing what it gave", () => {
  fc.assert(
    fc.property(input, input, (now, earlier) => {
      const before = judge(earlier).config
      const verdict = judge(now, before)
      for (const { name, source } of before.pools) {
        if (source !== "resource" || !now.pools.some(p => p.name === name && p.namespace === now.installNamespace))
          continue
        const used = verdict.config.pools.some(other => other.name === name && other.source === "resource")
        assert.ok(used || (verdict.brokenPools.includes(name) && !knowsEveryPool(verdict)))
      }
    }),
    { numRuns: 300 },
  )
})

test("judging again with the verdict's own Config as the last valid one changes nothing", () => {
  fc.assert(
    fc.property(input, input, (now, earlier) => {
      const once = judge(now, judge(earlier).config)
      const again = judge(now, once.config)
      assert.deepEqual(again.config, once.config)
      assert.deepEqual(again.brokenPools, once.brokenPools)
    }),
    { numRuns: 300 },
  )
})
