import assert from "node:assert/strict"
import { test } from "node:test"
import { drainAnnotation, drainText } from "../../../agent/core/announce/drain.ts"
import type { Snapshot } from "../../../agent/core/snapshot.ts"
import { whyContext } from "../../../agent/core/why/context.ts"
import type { WhyReport } from "../../../agent/core/why/report.ts"
import { accountOf } from "../../../agent/core/why/service.ts"
import { service } from "../allocate/fixtures.ts"
import { endpoint, node, slice, speaker } from "../announce/fixtures.ts"
import { bgpAd, community, l2, peer, pool } from "../config/fixtures.ts"
import { snapshot, tools, why } from "./fixtures.ts"

const web = (more: Parameters<typeof service>[1] = {}) =>
  service("shop/web", { ips: ["203.0.113.17"], from: "public", ...more })

/** A cluster without layer 2, whose nodes tell a router. */
const routed = (more: Partial<Snapshot> = {}): WhyReport =>
  why("shop/web", {
    services: [web()],
    pools: [pool("public", ["203.0.113.16/28"])],
    l2Advertisements: [],
    bgpPeers: [peer("tor", { peerAddress: "192.0.2.1" })],
    bgpAdvertisements: [bgpAd("all")],
    ...more,
  })

const nodes = ({ bgp }: WhyReport) =>
  bgp?.nodes.map(row => `${row.node} ${row.verdict} ${row.reason} ${row.peers.join(",")}`.trim())

const told = ({ bgp }: WhyReport) =>
  bgp?.routes.map(({ route, nodes: from, peers }) => `${route} ${from.join(",")} -> ${peers.join(",")}`)

test("every node tells the peer, and layer 2, which the pool is not meant for, is not spoken of", () => {
  const report = routed()
  assert.deepEqual(nodes(report), ["n1 chosen ML400 tor", "n2 chosen ML400 tor", "n3 chosen ML400 tor"])
  assert.deepEqual(told(report), ["203.0.113.17/32 n1,n2,n3 -> tor"])
  assert.equal(report.bgp?.advertised, true)
  assert.deepEqual(report.announcements, [])
  assert.deepEqual(report.waysOut, [])
})

test("without anything of BGP the report has no word of it", () => {
  assert.equal("bgp" in routed({ bgpPeers: [], bgpAdvertisements: [] }), false)
  assert.equal(
    "bgp" in
      routed({
        bgpPeers: [],
        bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["other"] })],
        l2Advertisements: [l2("all")],
      }),
    false,
  )
})

test("where only whether is asked, the first node that tells somebody is answer enough", () => {
  const context = whyContext(
    snapshot({
      services: [web()],
      pools: [pool("public", ["203.0.113.16/28"])],
      bgpPeers: [peer("tor", { nodeSelectors: [{ matchLabels: { rack: "b" } }] })],
      bgpAdvertisements: [bgpAd("all")],
      nodes: ["n1", "n2", "n3"].map(name => node(name, { labels: { rack: name === "n1" ? "a" : "b" } })),
    }),
    tools,
  )
  assert.deepEqual(nodes(accountOf(context, "shop/web", "whether")), ["n1 rejected ML405", "n2 chosen ML400 tor"])
})

test("a pool that both protocols announce is told of by both", () => {
  const report = routed({ l2Advertisements: [l2("all")] })
  assert.equal(report.announcements.length, 1)
  assert.equal(report.bgp?.advertised, true)
})

test("a service that the labels of advertisements give to one protocol is told of by that one alone", () => {
  const gold = [{ matchLabels: { tier: "gold" } }]
  const split = { l2Advertisements: [l2("gold", { serviceSelectors: gold })] }
  const routers = routed({ ...split, services: [web()] })
  assert.deepEqual([routers.announcements.length, routers.bgp?.advertised], [0, true])
  const link = routed({
    l2Advertisements: [l2("all")],
    bgpAdvertisements: [bgpAd("gold", { serviceSelectors: gold })],
  })
  assert.deepEqual([link.announcements[0]?.owner !== undefined, link.bgp], [true, undefined])
  const nobody = routed({ ...split, bgpAdvertisements: [bgpAd("gold", { serviceSelectors: gold })] })
  assert.deepEqual([nobody.announcements[0]?.reason, nobody.bgp?.reason], ["ML311", "ML403"])
})

test("a pool that neither announces has both reasons", () => {
  const report = routed({ bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["other"] })] })
  assert.deepEqual([report.announcements[0]?.reason, report.bgp?.reason], ["ML310", "ML401"])
})

test("each node that does not has its own reason, also those that no session can live on", () => {
  const names = ["n1", "n2", "n3", "n4"]
  const report = routed({
    services: [web({ externalTrafficPolicy: "Local" })],
    nodes: [node("n1"), node("n2"), node("n3", { ready: "unknown" }), node("n4", { networkUnavailable: true })],
    endpointSlices: [slice(web(), endpoint("n1"), endpoint("n3"), endpoint("n4"))],
    speakers: names.map(name => speaker(name)),
  })
  assert.deepEqual(nodes(report), [
    "n1 chosen ML400 tor",
    "n2 rejected ML302",
    "n3 rejected ML304",
    "n4 rejected ML307",
  ])
  assert.deepEqual(told(report), ["203.0.113.17/32 n1 -> tor"])
})

test("where no node tells anybody the reason of most nodes is the service's, and each has a way out", () => {
  const none = routed({ endpointSlices: [] })
  assert.deepEqual([none.bgp?.advertised, none.bgp?.reason], [false, "ML312"])
  assert.match(none.waysOut[0]?.commands[0] ?? "", /^kubectl get endpointslices -n shop/)
  const nodes = [node("n1", { networkUnavailable: true }), node("n2", { ready: false }), node("n3", { ready: false })]
  const mixed = routed({ nodes })
  assert.deepEqual([mixed.bgp?.advertised, mixed.bgp?.reason], [false, "ML303"])
  assert.deepEqual(
    mixed.waysOut.map(({ title }) => title),
    ["ML303", "ML307"],
  )
  assert.match(routed({ bgpPeers: [] }).waysOut[0]?.note ?? "", /kubectl get bgppeers/)
})

test("what peers are told, with what other services in the same route add", () => {
  const key = { "metallb.io/allow-shared-ip": "k" }
  const report = routed({
    services: [
      web({ annotations: key, labels: { tier: "gold" } }),
      service("shop/dns", { ips: ["203.0.113.17"], from: "public", annotations: key, ports: ["UDP/53"] }),
    ],
    communities: [community("names", { far: "large:1:2:3" })],
    bgpAdvertisements: [
      bgpAd("gold", {
        localPref: 200,
        med: 5,
        asPathPrepend: 2,
        serviceSelectors: [{ matchLabels: { tier: "gold" } }],
      }),
      bgpAd("rest", {
        communities: ["1:1", "far"],
        serviceSelectors: [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }],
      }),
    ],
  })
  assert.deepEqual(report.bgp?.routes, [
    {
      route: "203.0.113.17/32",
      nodes: ["n1", "n2", "n3"],
      peers: ["tor"],
      localPref: 200,
      communities: ["1:1", "large:1:2:3"],
      med: 5,
      prepend: 2,
      linkBandwidth: undefined,
    },
  ])
})

test("an aggregate is one route, and a node with other attributes has a row of its own", () => {
  const n3 = node("n3", { annotations: { [drainAnnotation]: drainText(999_000, "leaving") } })
  const report = routed({
    nodes: [node("n1"), node("n2"), n3],
    services: [web(), service("shop/api", { ips: ["203.0.113.18"], from: "public" })],
    bgpAdvertisements: [bgpAd("all", { aggregationLength: 28 })],
  })
  assert.deepEqual(nodes(report), ["n1 chosen ML400 tor", "n2 chosen ML400 tor", "n3 chosen ML408 tor"])
  assert.deepEqual(told(report), ["203.0.113.16/28 n1,n2 -> tor", "203.0.113.16/28 n3 -> tor"])
  assert.deepEqual(report.bgp?.routes[1]?.communities, ["65535:0"])
})

test("advertisements and peers that say no are in the steps of each node", () => {
  const report = routed({
    bgpPeers: [peer("far", { peerAddress: "192.0.2.2" }), peer("tor", { peerAddress: "192.0.2.1" })],
    bgpAdvertisements: [
      bgpAd("all", { peers: ["tor"] }),
      bgpAd("gold", { serviceSelectors: [{ matchLabels: { a: "b" } }] }),
    ],
  })
  assert.deepEqual(
    report.bgp?.nodes[0]?.steps.map(({ subject, verdict, reason }) => `${subject} ${verdict} ${reason}`),
    [
      "bgpadvertisement/all chosen ML414",
      "bgpadvertisement/gold rejected ML403",
      "bgppeer/far rejected ML406",
      "bgppeer/tor chosen ML415",
    ],
  )
})

test("where a part of BGP was not read nothing is said of it, and what is not known is", () => {
  const report = routed({ bgpPeers: [], unread: [{ what: "bgpPeers", why: "forbidden" }] })
  assert.equal(report.bgp, undefined)
  assert.deepEqual(
    report.unknown.map(({ what }) => what),
    ["bgpPeers"],
  )
})
