import assert from "node:assert/strict"
import { test } from "node:test"
import { drainAnnotation, drainText } from "../../../../agent/core/announce/drain.ts"
import { service } from "../../allocate/fixtures.ts"
import { endpoint, node, slice } from "../../announce/fixtures.ts"
import { bgpAd, community, peer, pool } from "../../config/fixtures.ts"
import { routes, scene, targets, web } from "./fixtures.ts"

const shared = { "metallb.io/allow-shared-ip": "k" }
const dual = web({ ips: ["10.0.0.1", "2001:db8::1"] })

test("an advertisement without more than a pool makes host routes, IPv4 first", () => {
  assert.deepEqual(routes(scene({ services: [dual] })), { tor: ["10.0.0.1/32", "2001:db8::1/128"] })
})

test("a service with several addresses of a family has a route for each of them", () => {
  const several = web({ ips: ["10.0.0.1", "10.0.0.7", "2001:db8::1", "2001:db8::7"] })
  assert.deepEqual(routes(scene({ services: [several] })), {
    tor: ["10.0.0.1/32", "10.0.0.7/32", "2001:db8::1/128", "2001:db8::7/128"],
  })
})

test("routers are told of an address that a node carries by that node alone", () => {
  const context = scene({ nodes: [node("n1", { addresses: ["192.168.9.7", "10.0.0.1"] }), node("n2"), node("n3")] })
  assert.deepEqual(routes(context, "n1"), { tor: ["10.0.0.1/32"] })
  assert.deepEqual(routes(context, "n2"), { tor: [] })
})

test("two advertisements that say the same under two names are one route", () => {
  const same = { ipAddressPools: ["a"], communities: ["1:1"], localPref: 7 }
  const bgpAdvertisements = [bgpAd("one", same), bgpAd("two", same)]
  assert.deepEqual(routes(scene({ services: [web()], bgpAdvertisements })), { tor: ["10.0.0.1/32 lp 7 c 1:1"] })
})

test("a session carries the family of the peer's address, unless both are asked for or the peer is reached by interface", () => {
  const bgpPeers = [
    peer("four", { peerAddress: "192.168.9.1" }),
    peer("six", { peerAddress: "fd00::1" }),
    peer("link", { peerAddress: "", interface: "eth0" }),
  ]
  assert.deepEqual(routes(scene({ services: [dual], bgpPeers })), {
    four: ["10.0.0.1/32"],
    link: ["10.0.0.1/32", "2001:db8::1/128"],
    six: ["2001:db8::1/128"],
  })
})

test("communities of both kinds and aliases, each once, and the local preference", () => {
  const context = scene({
    communities: [community("names", { gold: "64512:7", far: "large:1:2:3" })],
    bgpAdvertisements: [bgpAd("all", { localPref: 0, communities: ["gold", "64512:7", "65535:65281", "far"] })],
  })
  assert.deepEqual(routes(context), { tor: ["10.0.0.1/32 lp 0 c 64512:7 c 65535:65281 large 1:2:3"] })
})

test("addresses in one aggregate are one route, for each family by its own length", () => {
  const other = service("shop/api", { ips: ["10.0.0.9", "2001:db8::9"], from: "a" })
  const bgpAdvertisements = [bgpAd("all", { aggregationLength: 28, aggregationLengthV6: 126 })]
  assert.deepEqual(routes(scene({ services: [dual, other], bgpAdvertisements })), {
    tor: ["10.0.0.0/28", "2001:db8::/126", "2001:db8::8/126"],
  })
})

test("an aggregate that is larger than the pool gives way to host routes", () => {
  const bgpAdvertisements = [bgpAd("all", { aggregationLength: 24, aggregationLengthV6: 64 })]
  assert.deepEqual(routes(scene({ services: [dual], bgpAdvertisements })), {
    tor: ["10.0.0.1/32", "2001:db8::1/128"],
  })
})

test("each advertisement reaches the peers that it names, and on the nodes that it selects", () => {
  const context = scene({
    bgpPeers: [
      peer("a", { peerAddress: "192.168.9.1" }),
      peer("b", { peerAddress: "192.168.9.2" }),
      peer("rack2", { peerAddress: "192.168.9.3", nodeSelectors: [{ matchLabels: { rack: "r2" } }] }),
    ],
    bgpAdvertisements: [
      bgpAd("every", { aggregationLength: 28, aggregationLengthV6: 124 }),
      bgpAd("host", { peers: ["b"], communities: ["1:1"], nodeSelectors: [{ matchLabels: { rack: "r1" } }] }),
    ],
  })
  assert.deepEqual(routes(context, "n1"), { a: ["10.0.0.0/28"], b: ["10.0.0.0/28", "10.0.0.1/32 c 1:1"] })
  assert.deepEqual(routes(context, "n2"), { a: ["10.0.0.0/28"], b: ["10.0.0.0/28"], rack2: ["10.0.0.0/28"] })
})

test("several advertisements of one route: all communities, and the first local preference that one asks for", () => {
  const bgpAdvertisements = [
    bgpAd("a", { communities: ["2:2", "1:1"] }),
    bgpAd("b", { communities: ["1:1", "large:1:1:1"], localPref: 0 }),
  ]
  assert.deepEqual(routes(scene({ bgpAdvertisements })), { tor: ["10.0.0.1/32 lp 0 c 1:1 c 2:2 large 1:1:1"] })
})

test("services that share an address: one route while one of them may be announced", () => {
  const a = web({ annotations: shared, externalTrafficPolicy: "Local" })
  const b = service("shop/b", { ips: ["10.0.0.1"], from: "a", annotations: shared, ports: ["UDP/80"] })
  const world = (...slices: ReturnType<typeof slice>[]) =>
    scene({ services: [a, b], input: { endpointSlices: slices } })
  assert.deepEqual(routes(world(slice(a, endpoint("n1")), slice(b, endpoint("n2")))), { tor: ["10.0.0.1/32"] })
  assert.deepEqual(routes(world(slice(a, endpoint("n2")), slice(b, endpoint("n2")))), { tor: ["10.0.0.1/32"] })
  assert.deepEqual(routes(world(slice(a, endpoint("n2")))), { tor: [] })
})

test("sharers that advertisements select differently have the attributes of both", () => {
  const a = web({ annotations: shared, labels: { tier: "gold" } })
  const b = service("shop/b", { ips: ["10.0.0.1"], from: "a", annotations: shared, ports: ["UDP/80"] })
  const bgpAdvertisements = [
    bgpAd("all", {
      communities: ["1:1"],
      serviceSelectors: [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }],
    }),
    bgpAd("gold", { communities: ["2:2"], localPref: 300, serviceSelectors: [{ matchLabels: { tier: "gold" } }] }),
  ]
  assert.deepEqual(routes(scene({ services: [a, b], bgpAdvertisements })), { tor: ["10.0.0.1/32 lp 300 c 1:1 c 2:2"] })
})

test("a metric and a longer path, where an advertisement asks for them", () => {
  const bgpAdvertisements = [bgpAd("all", { med: 0, asPathPrepend: 3 })]
  assert.deepEqual(routes(scene({ bgpAdvertisements })), { tor: ["10.0.0.1/32 med 0 prepend 3"] })
  const two = [bgpAd("a", { asPathPrepend: 1 }), bgpAd("b", { med: 7, asPathPrepend: 2 }), bgpAd("c", { med: 8 })]
  assert.deepEqual(routes(scene({ bgpAdvertisements: two })), { tor: ["10.0.0.1/32 med 7 prepend 1"] })
})

const megabit = 125_000

test("the bandwidth is that of the local endpoints that can serve, for services with policy Local alone", () => {
  const local = { ...dual, externalTrafficPolicy: "Local" as const }
  const of = (family: "IPv4" | "IPv6", ...endpoints: ReturnType<typeof endpoint>[]) =>
    slice(local, ...endpoints.map(one => ({ ...one, family })))
  const pods = [endpoint("n1"), endpoint("n1"), endpoint("n1", false), endpoint("n2")]
  const world = (one: typeof local | typeof dual) =>
    scene({
      services: [one],
      bgpAdvertisements: [bgpAd("all", { bandwidthPerEndpoint: 100 })],
      input: { endpointSlices: [of("IPv4", ...pods), of("IPv6", ...pods)] },
    })
  const bandwidth = (count: number) =>
    ["10.0.0.1/32", "2001:db8::1/128"].map(route => `${route} bandwidth ${count * 100 * megabit}`)
  assert.deepEqual(routes(world(local), "n1"), { tor: bandwidth(2) })
  assert.deepEqual(routes(world(local), "n2"), { tor: bandwidth(1) })
  assert.deepEqual(routes(world(dual), "n1"), { tor: ["10.0.0.1/32", "2001:db8::1/128"] })
})

test("the bandwidth of a route is that of all its services, each counted once", () => {
  const a = web({ externalTrafficPolicy: "Local" })
  const b = service("shop/b", { ips: ["10.0.0.2"], from: "a", externalTrafficPolicy: "Local" })
  const context = scene({
    services: [a, b],
    bgpAdvertisements: [
      bgpAd("one", { aggregationLength: 28, aggregationLengthV6: 124, bandwidthPerEndpoint: 1 }),
      bgpAd("two", { aggregationLength: 28, aggregationLengthV6: 124, bandwidthPerEndpoint: 2 }),
    ],
    input: { endpointSlices: [slice(a, endpoint("n1")), slice(b, endpoint("n1"), endpoint("n1"))] },
  })
  assert.deepEqual(routes(context), { tor: [`10.0.0.0/28 bandwidth ${(2 + 4) * megabit}`] })
})

test("a pool that cannot be read any more stays advertised as the advertisements that name it say", () => {
  const broken = scene({
    pools: [pool("a", ["nonsense"])],
    bgpAdvertisements: [bgpAd("named", { ipAddressPools: ["a"], communities: ["1:1"] })],
  })
  assert.deepEqual(routes(broken), { tor: ["10.0.0.1/32 c 1:1"] })
})

test("a drained node sends GRACEFUL_SHUTDOWN with the lowest preference for a while and withdraws then", () => {
  const since = Date.parse("2026-01-01T12:00:00Z")
  const drained = (value: string) =>
    scene({
      nodes: [node("n1", { annotations: { [drainAnnotation]: value } })],
      bgpAdvertisements: [bgpAd("all", { localPref: 200, communities: ["1:1"] })],
    })
  const leaving = drained(drainText(since, "leaving"))
  const at = (ms: number) => ({ now: since + ms, shutdownFor: 10_000 })
  assert.deepEqual(routes(leaving, "n1", at(0)), { tor: ["10.0.0.1/32 lp 0 c 1:1 c 65535:0"] })
  assert.equal(targets(leaving, "n1", at(0)).nextAt, since + 10_000)
  assert.deepEqual(routes(leaving, "n1", at(9_999)), { tor: ["10.0.0.1/32 lp 0 c 1:1 c 65535:0"] })
  assert.deepEqual(routes(leaving, "n1", at(10_000)), { tor: [] })
  assert.equal(targets(leaving, "n1", at(10_000)).nextAt, undefined)
  assert.deepEqual(routes(drained(drainText(since, "withdrawn")), "n1", at(0)), { tor: [] })
})

test("a time that lies ahead, or none, counts from when the drain was seen", () => {
  const of = (value: string) => scene({ nodes: [node("n1", { annotations: { [drainAnnotation]: value } })] })
  const options = { now: 5_000, drainSeen: 1_000, shutdownFor: 10_000 }
  for (const value of ["true", drainText(3_600_000, "leaving")]) {
    assert.equal(targets(of(value), "n1", options).nextAt, 11_000, value)
    assert.deepEqual(routes(of(value), "n1", { ...options, now: 11_000 }), { tor: [] })
  }
})
