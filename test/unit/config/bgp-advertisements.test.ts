import assert from "node:assert/strict"
import { test } from "node:test"
import { routeOf } from "../../../agent/core/config/bgp/aggregation.ts"
import { formatCommunity } from "../../../agent/core/config/bgp/community.ts"
import type { BgpAdvertisement } from "../../../agent/core/config/bgp/model.ts"
import type { ConfigVerdict } from "../../../agent/core/config/model.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import type { BgpAdvertisementResource } from "../../../agent/core/model-bgp.ts"
import { bgpAd, community, configMap, judge, node, peer, pool, problemLines } from "./fixtures.ts"

const pools = [
  pool("gold", ["10.0.0.0/24"], { labels: { class: "gold" } }),
  pool("tin", ["10.0.1.0/24"], { labels: { class: "tin" } }),
]
const error = (code: string, field: string) => [`error ${code} bgpadvertisement/x ${field}`]
const warning = (code: string, field: string) => [`warning ${code} bgpadvertisement/x ${field}`]

/** [rule, fields, pools covered; undefined where it is left out, problems]. Spec 1.4. */
const rows: readonly (readonly [
  string,
  Partial<BgpAdvertisementResource>,
  readonly string[] | undefined,
  readonly string[],
])[] = [
  ["neither names nor selectors", {}, ["gold", "tin"], []],
  ["a name", { ipAddressPools: ["tin"] }, ["tin"], []],
  [
    "a name and a selector",
    { ipAddressPools: ["tin"], ipAddressPoolSelectors: [{ matchLabels: { class: "gold" } }] },
    ["gold", "tin"],
    [],
  ],
  [
    "a pool by name and by selector",
    { ipAddressPools: ["gold"], ipAddressPoolSelectors: [{ matchLabels: { class: "gold" } }] },
    ["gold"],
    [],
  ],
  [
    "selectors that match nothing",
    { ipAddressPoolSelectors: [{ matchLabels: { class: "no" } }] },
    [],
    warning("ML231", "spec.ipAddressPoolSelectors"),
  ],
  ["the name of no pool", { ipAddressPools: ["lead"] }, ["lead"], warning("ML230", "spec.ipAddressPools[0]")],
  ["the name of no peer", { peers: ["nobody"] }, ["gold", "tin"], warning("ML266", "spec.peers[0]")],
  ["the shortest aggregation", { aggregationLength: 24 }, ["gold", "tin"], []],
  ["an aggregation of 0", { aggregationLength: 0 }, undefined, error("ML250", "spec.aggregationLength")],
  ["an aggregation of 33", { aggregationLength: 33 }, undefined, error("ML250", "spec.aggregationLength")],
  ["an IPv6 aggregation of 129", { aggregationLengthV6: 129 }, undefined, error("ML250", "spec.aggregationLengthV6")],
  ["the highest preference", { localPref: 4294967295 }, ["gold", "tin"], []],
  ["a negative preference", { localPref: -1 }, undefined, error("ML250", "spec.localPref")],
  ["the highest metric", { med: 4294967295 }, ["gold", "tin"], []],
  ["a negative metric", { med: -1 }, undefined, error("ML250", "spec.med")],
  ["the own AS ten times more", { asPathPrepend: 10 }, ["gold", "tin"], []],
  ["the own AS eleven times more", { asPathPrepend: 11 }, undefined, error("ML250", "spec.asPathPrepend")],
  ["no bandwidth", { bandwidthPerEndpoint: 0 }, undefined, error("ML250", "spec.bandwidthPerEndpoint")],
  ["the widest bandwidth", { bandwidthPerEndpoint: 1_000_000 }, ["gold", "tin"], []],
  ["service selectors", { serviceSelectors: [{ matchLabels: { a: "b" } }] }, ["gold", "tin"], []],
  [
    "service selectors and aggregation",
    { serviceSelectors: [{}], aggregationLength: 24 },
    undefined,
    error("ML262", "spec.serviceSelectors"),
  ],
  [
    "service selectors and IPv6 aggregation",
    { serviceSelectors: [{}], aggregationLengthV6: 64 },
    undefined,
    error("ML262", "spec.serviceSelectors"),
  ],
  ["a literal community", { communities: ["64512:1"] }, ["gold", "tin"], []],
  ["a large community", { communities: ["large:1:2:3"] }, ["gold", "tin"], []],
  ["an alias", { communities: ["no-export"] }, ["gold", "tin"], []],
  ["an alias that looks like a community", { communities: ["1:1"] }, ["gold", "tin"], []],
  ["an alias that nobody defines", { communities: ["nobody"] }, undefined, error("ML264", "spec.communities[0]")],
  [
    "a community with a part out of range",
    { communities: ["1:65536"] },
    undefined,
    error("ML265", "spec.communities[0]"),
  ],
  ["a community twice", { communities: ["1:2", "1:2"] }, ["gold", "tin"], warning("ML221", "spec.communities[1]")],
  [
    "an invalid node selector",
    { nodeSelectors: [{ matchLabels: { "a b": "" } }] },
    undefined,
    error("ML220", "spec.nodeSelectors[0].matchLabels[a b]"),
  ],
  [
    "a malformed field",
    { malformed: [{ field: "spec.peers", message: "found 1, allowed is a list" }] },
    undefined,
    error("ML201", "spec.peers"),
  ],
]

const communities = [community("c", { "no-export": "65535:65281", "1:1": "2:2" })]
const find = (verdict: ConfigVerdict, name: string): BgpAdvertisement | undefined =>
  verdict.config.bgp.advertisements.find(one => one.name === name)

for (const [rule, fields, covered, problems] of rows) {
  test(`a BGPAdvertisement with ${rule} ${covered === undefined ? "is left out" : `covers ${covered.join(", ") || "nothing"}`}`, () => {
    const verdict = judge({
      pools,
      communities,
      bgpAdvertisements: [bgpAd("x", fields), bgpAd("other", { aggregationLength: 25 })],
    })
    const found = find(verdict, "x")
    assert.deepEqual(found && [...found.pools], covered)
    assert.deepEqual(problemLines(verdict), problems)
    assert.deepEqual(verdict.brokenBgp.advertisements, covered === undefined ? ["x"] : [])
    assert.notEqual(find(verdict, "other"), undefined)
  })
}

test("communities are resolved, sorted by number, large ones in their place, and without repeats (spec 1.7)", () => {
  const texts = ["large:2:0:0", "0:3", "no-export", "large:4294967295:1:1", "0:2", "1:1", "65535:65281"]
  const verdict = judge({ communities, bgpAdvertisements: [bgpAd("x", { communities: texts })] })
  assert.deepEqual(find(verdict, "x")?.communities.map(formatCommunity), [
    "0:2",
    "large:2:0:0",
    "0:3",
    "2:2",
    "65535:65281",
    "large:4294967295:1:1",
  ])
})

/** [entry, aggregation, fits]. Spec 1.4: the largest CIDR of the entry must not be smaller than the aggregate. */
const aggregations: readonly (readonly [string, number, boolean])[] = [
  ["1.1.1.0/28", 28, true],
  ["1.1.1.0/28", 26, false],
  ["3.3.3.2-3.3.3.254", 26, true],
  ["3.3.3.2-3.3.3.254", 24, false],
  ["4.4.4.4/32", 32, true],
  ["4.4.4.4/32", 31, false],
]

for (const [entry, length, fits] of aggregations) {
  test(`${entry} ${fits ? "may" : "must not"} be announced as a route of /${length}`, () => {
    const verdict = judge({
      pools: [pool("a", [entry])],
      bgpAdvertisements: [bgpAd("x", { aggregationLength: length })],
    })
    assert.deepEqual(problemLines(verdict), fits ? [] : error("ML261", "spec.aggregationLength"))
    const used = find(verdict, "x")
    assert.ok(used)
    const address = parseAddress(entry.split(/[/-]/)[0] ?? "")
    assert.ok(address)
    const route = routeOf(used, "a", address)
    assert.equal(route.length, fits ? length : 32, "where it does not fit, addresses are announced one by one")
  })
}

test("an aggregate that does not fit is told in the words that scripts look for, with the family's own length", () => {
  const wide = judge({ pools: [pool("a", ["1.1.1.0/28"])], bgpAdvertisements: [bgpAd("x", { aggregationLength: 26 })] })
  const words =
    "invalid aggregation length 26: prefix 28 in this pool is more specific than the aggregation length for addresses 1.1.1.0/28"
  assert.equal(wide.problems[0]?.summary, words)
  const v6 = judge({ pools: [pool("a", ["fd00::/120"])], bgpAdvertisements: [bgpAd("x", { aggregationLengthV6: 64 })] })
  assert.match(v6.problems[0]?.summary ?? "", /^invalid aggregation length 64: prefix 120 /)
  assert.deepEqual(problemLines(v6), error("ML261", "spec.aggregationLengthV6"))
})

test("an aggregate that fits one pool and not another keeps its length for the one", () => {
  const verdict = judge({
    pools: [pool("narrow", ["10.1.0.0/28"]), pool("wide", ["10.2.0.0/24"])],
    bgpAdvertisements: [bgpAd("x", { aggregationLength: 24 })],
  })
  const used = find(verdict, "x")
  assert.ok(used)
  const address = parseAddress("10.2.0.77")
  assert.ok(address)
  assert.equal(formatCidr(routeOf(used, "wide", address)), "10.2.0.0/24")
  assert.deepEqual([...used.hostRoutesOnly], ["narrow"])
})

type Fields = Partial<BgpAdvertisementResource>
const mixed = pool("both", ["10.3.0.0/24", "fd00::/120"])
const rack = (name: string) => ({ nodeSelectors: [{ matchLabels: { rack: name } }] })

/** [rule, older, younger, conflict]. Spec 1.4, on a pool of both families. */
const preferences: readonly (readonly [string, Fields, Fields, boolean])[] = [
  ["the same preference", { localPref: 1 }, { localPref: 1 }, false],
  ["no preference and 0", {}, { localPref: 0 }, false],
  ["two preferences", { localPref: 1 }, { localPref: 2 }, true],
  ["another length in one family", { localPref: 1, aggregationLength: 24 }, { localPref: 2 }, true],
  [
    "another length in both families",
    { localPref: 1, aggregationLength: 24, aggregationLengthV6: 120 },
    { localPref: 2 },
    false,
  ],
  ["peers of their own", { localPref: 1, peers: ["p"] }, { localPref: 2, peers: ["q"] }, false],
  ["a peer in common", { localPref: 1, peers: ["p", "q"] }, { localPref: 2, peers: ["q"] }, true],
  ["peers named by one alone", { localPref: 1, peers: ["p"] }, { localPref: 2 }, true],
  ["nodes of their own", { localPref: 1, ...rack("1") }, { localPref: 2, ...rack("2") }, false],
  ["a node in common", { localPref: 1, ...rack("1") }, { localPref: 2 }, true],
  [
    "service selectors in one, which services decide",
    { localPref: 1 },
    { localPref: 2, serviceSelectors: [{}] },
    false,
  ],
  ["pools of their own", { localPref: 1, ipAddressPools: ["both"] }, { localPref: 2, ipAddressPools: ["gold"] }, false],
]

for (const [rule, older, younger, conflict] of preferences) {
  test(`two advertisements with ${rule} ${conflict ? "conflict, and the older is used for the pool" : "are both used"}`, () => {
    const verdict = judge({
      pools: [mixed, ...pools],
      bgpPeers: [peer("p"), peer("q", { peerAddress: "10.0.0.2" })],
      bgpAdvertisements: [
        bgpAd("x", { ipAddressPools: ["both"], createdAt: 2, ...younger }),
        bgpAd("z", { ipAddressPools: ["both"], createdAt: 1, ...older }),
      ],
      nodes: [node("n1", { rack: "1" }), node("n2", { rack: "2" })],
    })
    assert.deepEqual(problemLines(verdict), conflict ? error("ML263", "spec.localPref") : [])
    assert.deepEqual(find(verdict, "z")?.pools.size, 1)
    assert.deepEqual(find(verdict, "x")?.pools.size, conflict ? 0 : 1)
  })
}

test("an advertisement that broke keeps its last valid version, and says so", () => {
  const before = judge({ pools, communities, bgpAdvertisements: [bgpAd("x", { communities: ["no-export"] })] })
  const verdict = judge({ pools, bgpAdvertisements: [bgpAd("x", { communities: ["no-export"] })] }, before.config)
  assert.deepEqual(verdict.config.bgp.advertisements, before.config.bgp.advertisements)
  assert.deepEqual(verdict.brokenBgp.advertisements, [])
  assert.match(verdict.problems[0]?.message ?? "", /the last valid version stays in use/)
})

const old = `bgp-communities: {no-export: "65535:65281"}
address-pools:
- name: routed
  protocol: bgp
  addresses: [10.9.0.0/24]
  bgp-advertisements:
  - {aggregation-length: 32, localpref: 100, communities: [no-export]}
  - {aggregation-length: 24}
- {name: plain, protocol: bgp, addresses: [10.9.1.0/24]}
- {name: flat, protocol: layer2, addresses: [10.9.2.0/24]}
`

test("advertisements of the ConfigMap cover their own pool alone, and a pool without any is announced as it is", () => {
  const verdict = judge({ pools, legacy: configMap(old) })
  assert.deepEqual(
    problemLines(verdict).filter(line => line.startsWith("error")),
    [],
  )
  assert.deepEqual(
    verdict.config.bgp.advertisements.map(one => [
      one.name,
      one.source,
      [...one.pools].join(),
      one.aggregationLength,
      one.localPref,
      one.communities.map(formatCommunity).join(),
    ]),
    [
      ["plain", "legacy", "plain", 32, undefined, ""],
      ["routed-1", "legacy", "routed", 32, 100, "65535:65281"],
      ["routed-2", "legacy", "routed", 24, undefined, ""],
    ],
  )
})

test("what an advertisement of the ConfigMap has wrong is placed by line and column and leaves its pool and the others alone", () => {
  const text = old.replace("[no-export]", "[gone]").replace("aggregation-length: 24", "aggregation-length: 33")
  const verdict = judge({ legacy: configMap(text) })
  assert.deepEqual(
    problemLines(verdict).filter(line => line.startsWith("error")),
    ["error ML264 configmap/config line 7, column 60", "error ML243 configmap/config line 8, column 26"],
  )
  assert.deepEqual(
    verdict.config.pools.map(({ name }) => name),
    ["flat", "plain", "routed"],
  )
  assert.deepEqual(verdict.brokenBgp.advertisements, ["routed-1", "routed-2"])
})

test("an alias of a Community wins over one of the ConfigMap, with a warning", () => {
  const verdict = judge({ legacy: configMap(old), communities: [community("c", { "no-export": "1:1" })] })
  assert.ok(
    problemLines(verdict).includes("warning ML258 configmap/config line 1, column 30"),
    problemLines(verdict).join("\n"),
  )
  assert.deepEqual(find(verdict, "routed-1")?.communities.map(formatCommunity), ["1:1"])
})
