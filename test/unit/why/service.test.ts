import assert from "node:assert/strict"
import { test } from "node:test"
import { phraseOf } from "../../../agent/core/sentence.ts"
import type { WhyReport } from "../../../agent/core/why/report.ts"
import { dualStack, service } from "../allocate/fixtures.ts"
import { endpoint, node, slice, speaker } from "../announce/fixtures.ts"
import { configMap, l2, namespace, pool } from "../config/fixtures.ts"
import { why } from "./fixtures.ts"

const allocation = { priority: 0, namespaces: [], namespaceSelectors: [], serviceSelectors: [] }
const at = (n: number, ip: string, more = {}) =>
  service(`shop/s${n}`, { ips: [ip], from: "public", createdAt: n, ...more })

const poolLines = (report: WhyReport) =>
  report.pools.map(row => `${row.pool} ${row.verdict} ${row.reason} ${phraseOf(row.reason, row.facts)}`)
const nodeLines = (report: WhyReport) =>
  report.announcements.flatMap(({ nodes }) =>
    nodes.map(row => `${row.node} ${row.rank ?? "-"} ${row.verdict} ${row.reason}`),
  )
const ways = (report: WhyReport) => report.waysOut.map(({ title, commands }) => `${title}: ${commands.join(" && ")}`)

const web = (more: Parameters<typeof service>[1] = {}) =>
  service("shop/web", { ips: ["203.0.113.17"], from: "public", createdAt: 9, ...more })

test("an address that works: pool, the addresses below it, owner, who takes over", () => {
  const report = why("shop/web", {
    services: [at(1, "203.0.113.16"), web()],
    pools: [
      pool("lab", ["198.51.100.0/27"]),
      pool("public", ["203.0.113.16/28"], { serviceAllocation: { ...allocation, priority: 10, namespaces: ["shop"] } }),
    ],
  })
  assert.equal(report.state, "assigned")
  assert.deepEqual([report.addresses, report.pool], [["203.0.113.17"], "public"])
  assert.deepEqual(poolLines(report), [
    "public chosen ML138 priority 10, serves the namespace",
    "lab not-tried ML106 an earlier pool had room",
  ])
  assert.deepEqual(
    report.lookedAt.map(row => `${row.address} ${row.verdict} ${phraseOf(row.reason, row.facts)}`),
    ["203.0.113.16 held held by shop/s1", "203.0.113.17 chosen lowest free"],
  )
  const [announcement] = report.announcements
  assert.equal(announcement?.owner?.node, announcement?.nodes[0]?.node)
  assert.deepEqual(
    announcement?.standby,
    announcement?.nodes.slice(1).map(row => row.node),
  )
  assert.deepEqual(report.waysOut, [])
  assert.deepEqual(report.basedOn, { serviceVersion: "1", nodes: 3, pools: 2, advertisements: 1, readAt: 1_000_000 })
})

test("a lower address that is free by now does not make the answer wrong: the service has its own already", () => {
  const report = why("shop/web", { services: [web()], pools: [pool("public", ["203.0.113.16/28"])] })
  assert.deepEqual(
    report.lookedAt.map(row => `${row.address} ${row.reason}`),
    ["203.0.113.17 ML137"],
  )
  assert.deepEqual(poolLines(report), ["public chosen ML138 open to every service"])
})

test("an earlier pool that has room by now is eligible, the pool that the service stays in is chosen", () => {
  const report = why("shop/web", {
    services: [web()],
    pools: [pool("earlier", ["198.51.100.0/27"]), pool("public", ["203.0.113.16/28"])],
  })
  assert.deepEqual(
    report.pools.map(row => `${row.pool} ${row.verdict} ${row.reason}`),
    ["earlier eligible ML131", "public chosen ML138"],
  )
})

test("nothing assigned: each pool with its reason, and ways out, least change first", () => {
  const report = why("shop/web", {
    services: [at(1, "203.0.113.16", { ports: ["TCP/443"] }), at(2, "203.0.113.17"), web({ ips: [] })],
    pools: [
      pool("lab", ["198.51.100.0/27"], {
        serviceAllocation: { ...allocation, namespaceSelectors: [{ matchLabels: { env: "lab" } }] },
      }),
      pool("public", ["203.0.113.16/31"]),
      pool("request", ["198.51.100.64/27"], { autoAssign: false }),
      pool("v6", ["2001:db8::/120"]),
    ],
    namespaces: [namespace("shop", { env: "prod" })],
  })
  assert.equal(report.state, "pending")
  assert.equal(report.pendingSince, 9)
  assert.equal(report.reason, "ML118")
  assert.deepEqual(poolLines(report), [
    "lab rejected ML104 does not serve namespace shop",
    "public rejected ML101 full: 2 of 2 held",
    "request rejected ML102 autoAssign is off",
    "v6 rejected ML103 no IPv4 range, the service asks for IPv4",
  ])
  assert.deepEqual(ways(report), [
    "ask for request: kubectl annotate service web -n shop metallb.io/address-pool=request",
    "extend public: kubectl metallb pools add public --range 203.0.113.18/31",
    "share: kubectl annotate service s1 -n shop metallb.io/allow-shared-ip=shared && kubectl annotate service web -n shop metallb.io/allow-shared-ip=shared",
    `IPv6 of v6: kubectl patch service web -n shop -p '{"spec":{"ipFamilyPolicy":"PreferDualStack"}}'`,
    "lab: ",
  ])
})

test("free addresses of a pool are counted by family and exactly", () => {
  const report = why("shop/web", { services: [web()], pools: [pool("public", ["203.0.113.16/28", "2001:db8::/64"])] })
  assert.deepEqual(report.pools[0]?.free, [
    { family: "IPv4", size: 16n, free: 15n },
    { family: "IPv6", size: 2n ** 64n, free: 2n ** 64n },
  ])
})

test("no pool at all: what to type", () => {
  const report = why("shop/web", { services: [web({ ips: [] })] })
  assert.equal(report.reason, "ML117")
  assert.deepEqual(ways(report), ["ML117: kubectl metallb pools add public --range FIRST-LAST"])
})

test("a pool of the ConfigMap is extended where it is written", () => {
  const report = why("shop/web", {
    services: [at(1, "192.168.1.11", { from: "classic" }), web({ ips: [] })],
    legacyConfig: configMap(
      "address-pools:\n- {name: classic, protocol: layer2, addresses: [192.168.1.11-192.168.1.11]}\n",
    ),
  })
  assert.deepEqual(ways(report)[0], "extend classic: kubectl edit configmap config -n metallb-system")
  assert.match(report.waysOut[0]?.note ?? "", /192\.168\.1\.12/)
})

test("a wish that cannot be met keeps the address, and the report says both", () => {
  const report = why("shop/web", {
    services: [web({ annotations: { "metallb.io/address-pool": "gone" } })],
    pools: [pool("public", ["203.0.113.16/28"])],
  })
  assert.deepEqual([report.state, report.reason, report.addresses], ["assigned", "ML108", ["203.0.113.17"]])
  assert.equal(report.asked.pool, "gone")
})

test("what the controller has not done yet is said to be changing, with what comes next", () => {
  const report = why("shop/web", { services: [web({ ips: [] })], pools: [pool("public", ["203.0.113.16/28"])] })
  assert.deepEqual([report.state, report.addresses, report.nextAddresses], ["changing", [], ["203.0.113.16"]])
  assert.deepEqual(ways(report), ["controller: kubectl metallb status"])
})

test("the service itself may be the reason", () => {
  const of = (more: Parameters<typeof service>[1]) =>
    why("shop/web", { services: [service("shop/web", more)], pools: [pool("public", ["203.0.113.16/28"])] })
  assert.deepEqual([of({ type: "ClusterIP" }).state, of({ type: "ClusterIP" }).reason], ["not-served", "ML001"])
  assert.equal(of({ loadBalancerClass: "other.io/lb" }).reason, "ML002")
  assert.equal(of({ ips: ["10.9.9.9"] }).reason, "ML006")
  assert.equal(of({ clusterIPs: ["None"] }).reason, "ML003")
  assert.equal(of({ deleting: true }).reason, "ML012")
  assert.deepEqual(ways(of({ type: "ClusterIP" })), [
    `ML001: kubectl patch service web -n shop -p '{"spec":{"type":"LoadBalancer"}}'`,
  ])
})

test("a service that does not exist is said to", () => {
  const report = why("shop/web", {})
  assert.deepEqual([report.state, report.reason], ["not-served", "ML013"])
})

test("nobody announces: the reason of the service, or of each node", () => {
  const pools = [pool("public", ["203.0.113.16/28"])]
  const silent = why("shop/web", { services: [web()], pools, endpointSlices: [] })
  assert.deepEqual(
    silent.announcements.map(({ owner, reason }) => [owner, reason]),
    [[undefined, "ML312"]],
  )
  assert.deepEqual(ways(silent), ["ML312: kubectl get endpointslices -n shop -l kubernetes.io/service-name=web"])
  const unadvertised = why("shop/web", {
    services: [web()],
    pools,
    l2Advertisements: [l2("other", { ipAddressPools: ["x"] })],
  })
  assert.deepEqual(ways(unadvertised), ["ML310: kubectl metallb pools add public --advertise l2"])
})

test("each rejected node has the code of its own cause", () => {
  const one = web({ externalTrafficPolicy: "Local" })
  const report = why("shop/web", {
    services: [one],
    pools: [pool("public", ["203.0.113.16/28"])],
    nodes: [node("n1"), node("n2", { ready: "unknown" }), node("n3"), node("n4")],
    speakers: [speaker("n1"), speaker("n2"), speaker("n3")],
    endpointSlices: [slice(one, endpoint("n1"), endpoint("n2"), endpoint("n4"))],
  })
  assert.deepEqual(nodeLines(report), [
    "n1 1 chosen ML300",
    "n2 - rejected ML304",
    "n3 - rejected ML302",
    "n4 - rejected ML305",
  ])
})

test("both addresses of a dual-stack service are one announcement", () => {
  const report = why("shop/web", {
    services: [web({ ...dualStack, ips: ["203.0.113.17", "2001:db8::1"] })],
    pools: [pool("public", ["203.0.113.16/28", "2001:db8::/64"])],
  })
  assert.deepEqual(
    report.announcements.map(({ addresses }) => addresses),
    [["203.0.113.17", "2001:db8::1"]],
  )
})

test("where another service on the address decides, it is named", () => {
  const key = { "metallb.io/allow-shared-ip": "k" }
  const report = why("shop/web", {
    services: [at(1, "203.0.113.17", { annotations: key, ports: ["TCP/443"] }), web({ annotations: key })],
    pools: [pool("public", ["203.0.113.16/28"])],
  })
  const [announcement] = report.announcements
  assert.deepEqual([announcement?.reason, announcement?.decidedBy], ["ML318", "shop/s1"])
  assert.equal(phraseOf("ML318", announcement?.facts ?? {}), "decided by shop/s1")
  assert.deepEqual(
    report.lookedAt.map(row => phraseOf(row.reason, row.facts)),
    ["203.0.113.17: shared with shop/s1"],
  )
})

test("without a single speaker pod the owner is named and not said to be certain", () => {
  const report = why("shop/web", { services: [web()], pools: [pool("public", ["203.0.113.16/28"])], speakers: [] })
  assert.equal(report.announcements[0]?.certain, false)
})

test("a part that was not read stays unknown and is told with what it hides", () => {
  const pools = [pool("public", ["203.0.113.16/28"])]
  const unread = (what: "pools" | "nodes" | "services" | "legacyConfig" | "namespaces") => [{ what, why: "forbidden" }]
  const blind = why("shop/web", { services: [web()], unread: unread("pools") })
  assert.deepEqual([blind.state, blind.reason, blind.addresses], ["unknown", "ML127", ["203.0.113.17"]])
  assert.deepEqual(blind.unknown, [
    { what: "pools", why: "forbidden", consequence: "which pool may give an address cannot be said" },
  ])
  assert.equal(why("shop/web", { services: [web()], pools, unread: unread("namespaces") }).state, "unknown")
  assert.equal(why("shop/web", { pools, unread: unread("services") }).state, "unknown")
  const nodeless = why("shop/web", { services: [web()], pools, nodes: [], unread: unread("nodes") })
  assert.deepEqual([nodeless.state, nodeless.announcements], ["assigned", []])
  const known = why("shop/web", { services: [web()], pools, unread: unread("legacyConfig") })
  assert.equal(known.state, "assigned")
  const outside = why("shop/web", { services: [web({ ips: ["10.9.9.9"] })], pools, unread: unread("legacyConfig") })
  assert.deepEqual([outside.state, outside.reason], ["assigned", "ML120"])
})

test("a broken pool keeps its addresses, and the fault is part of the answer", () => {
  const report = why("shop/web", { services: [web()], pools: [pool("public", ["203.0.113.16/33"])] })
  assert.deepEqual([report.state, report.reason], ["assigned", "ML120"])
  assert.deepEqual(
    report.problems.map(({ object }) => object),
    ["ipaddresspool/public"],
  )
  assert.deepEqual(
    report.announcements.map(({ reason }) => reason),
    ["ML315"],
  )
})

test("the answer does not depend on the order of what was read", () => {
  const services = [at(1, "203.0.113.16"), at(2, "203.0.113.18"), web()]
  const pools = [pool("a", ["198.51.100.0/27"]), pool("public", ["203.0.113.16/28"])]
  const nodes = ["n1", "n2", "n3"].map(name => node(name))
  assert.deepEqual(
    why("shop/web", { services: services.toReversed(), pools: pools.toReversed(), nodes: nodes.toReversed() }),
    why("shop/web", { services, pools, nodes }),
  )
})

test("no placeholder of a fix stays open in any row", () => {
  const report = why("shop/web", {
    services: [at(1, "203.0.113.16"), web({ ips: [] })],
    pools: [
      pool("labels", ["198.51.100.0/27"], {
        serviceAllocation: { ...allocation, serviceSelectors: [{ matchLabels: { a: "b" } }] },
      }),
      pool("public", ["203.0.113.16/32"]),
      pool("request", ["198.51.100.64/27"], { autoAssign: false }),
      pool("six", ["2001:db8::/120"]),
    ],
  })
  for (const row of report.pools) assert.doesNotMatch(phraseOf(row.reason, row.facts), /\{|[A-Z]{4,}/)
})
