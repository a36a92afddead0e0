import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { localPrefsConflict } from "../../../agent/core/config/bgp/local-pref.ts"
import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import { knowsEveryPool } from "../../../agent/core/config/model.ts"
import { familiesOf, rangesOverlap } from "../../../agent/core/ip/range.ts"
import type { LabelSelector, PoolResource } from "../../../agent/core/model.ts"
import { bfd, bgpAd, community, configMap, judge, l2, namespace, node, peer, pool } from "../../unit/config/fixtures.ts"

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

const age = fc.nat(2)

const peers = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("r0", "r1", "r2", "r3"),
      createdAt: age,
      peerAddress: fc.constantFrom("10.0.0.1", "10.0.0.2", "fd00::1", "oops"),
      bfdProfile: fc.constantFrom("", "b0", "gone"),
      holdTime: fc.constantFrom(undefined, "90s", "1s"),
      nodeSelectors: selectors,
    }),
    { selector: item => item.name, maxLength: 4 },
  )
  .map(list => list.map(({ name, ...more }) => peer(name, more)))

const bgpAdvertisements = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("a0", "a1", "a2", "p0"),
      createdAt: age,
      ipAddressPools: fc.array(fc.constantFrom("p0", "p1", "old"), { maxLength: 2 }),
      localPref: fc.constantFrom(undefined, 0, 1, 2),
      aggregationLength: fc.constantFrom(32, 24, 0),
      communities: fc.array(fc.constantFrom("1:1", "x", "y"), { maxLength: 2 }),
      peers: fc.array(fc.constantFrom("r0", "r1"), { maxLength: 1 }),
    }),
    { selector: item => item.name, maxLength: 4 },
  )
  .map(list => list.map(({ name, ...more }) => bgpAd(name, more)))

const communities = fc
  .uniqueArray(
    fc.record({ name: fc.constantFrom("c0", "c1"), createdAt: age, value: fc.constantFrom("1:1", "2:2", "no") }),
    {
      selector: item => item.name,
    },
  )
  .map(list => list.map(({ name, createdAt, value }) => community(name, { x: value }, { createdAt })))

const input: fc.Arbitrary<ConfigInput> = fc.record({
  bgpPeers: peers,
  bgpAdvertisements,
  communities,
  bfdProfiles: fc.constantFrom([], [bfd("b0")], [bfd("b0", { detectMultiplier: 1 })]),
  nodes: fc.constantFrom([], [node("n0", { team: "a" }), node("n1")]),
  pools,
  l2Advertisements: advertisements,
  legacy,
  namespaces: fc.constant([namespace("n0", { team: "a" }), namespace("n1", { team: "b" }), namespace("n2")]),
  installNamespace: fc.constant("metallb-system"),
})

/** The same objects in an order of its own. */
const shuffled = (value: ConfigInput): fc.Arbitrary<ConfigInput> =>
  fc.record({
    pools: fc.shuffledSubarray([...(value.pools ?? [])], { minLength: value.pools?.length ?? 0 }),
    l2Advertisements: fc.shuffledSubarray([...(value.l2Advertisements ?? [])], {
      minLength: value.l2Advertisements?.length ?? 0,
    }),
    namespaces: fc.shuffledSubarray([...value.namespaces], { minLength: value.namespaces.length }),
    bgpPeers: fc.shuffledSubarray([...(value.bgpPeers ?? [])], { minLength: value.bgpPeers?.length ?? 0 }),
    bgpAdvertisements: fc.shuffledSubarray([...(value.bgpAdvertisements ?? [])], {
      minLength: value.bgpAdvertisements?.length ?? 0,
    }),
    communities: fc.shuffledSubarray([...(value.communities ?? [])], { minLength: value.communities?.length ?? 0 }),
    bfdProfiles: fc.constant(value.bfdProfiles ?? []),
    nodes: fc.constant([...(value.nodes ?? [])].reverse()),
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
      for (const { name } of now.pools ?? []) {
        const used = verdict.config.pools.some(other => other.name === name && other.source === "resource")
        const reported = verdict.problems.some(problem => problem.object === `ipaddresspool/${name}`)
        assert.ok(used || reported)
      }
      assert.ok(verdict.problems.every(({ message }) => message !== ""))
    }),
    { numRuns: 300 },
  )
})

test("every peer and advertisement is in use or named as broken, and no two sessions or routes contradict each other", () => {
  fc.assert(
    fc.property(input, input, (now, earlier) => {
      const verdict = judge(now, judge(earlier).config)
      const { bgp } = verdict.config
      for (const { name } of now.bgpPeers ?? []) {
        assert.ok(bgp.peers.some(used => used.name === name) || verdict.brokenBgp.peers.includes(name))
      }
      for (const { name } of now.bgpAdvertisements ?? []) {
        const used = bgp.advertisements.some(one => one.name === name && one.source === "resource")
        assert.ok(used || verdict.brokenBgp.advertisements.includes(name))
      }
      for (const { name, ranges } of verdict.config.pools) {
        const sending = bgp.advertisements.filter(one => one.pools.has(name) && one.serviceSelectors.length === 0)
        for (const [index, a] of sending.entries()) {
          for (const b of sending.slice(index + 1)) {
            assert.ok(!localPrefsConflict(a, b, familiesOf(ranges), now.nodes))
          }
        }
      }
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
        if (source !== "resource" || !now.pools?.some(p => p.name === name && p.namespace === now.installNamespace))
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
