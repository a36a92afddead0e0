import assert from "node:assert/strict"
import { test } from "node:test"
import { drainAnnotation } from "../../../../agent/core/announce/drain.ts"
import type { ReasonCode } from "../../../../agent/core/reasons.ts"
import { endpoint, node, slice } from "../../announce/fixtures.ts"
import { bgpAd, peer, pool } from "../../config/fixtures.ts"
import { type Scene, scene, steps, verdictOn, web } from "./fixtures.ts"

const onRack = (rack: string) => [{ matchLabels: { rack } }]
const onTier = (tier: string) => [{ matchLabels: { tier } }]
const exclude = "node.kubernetes.io/exclude-from-external-load-balancers"

/** A row of the table of conditions: what is the case, and the reason; undefined: it is advertised. */
const rows: readonly (readonly [condition: string, scene: Scene, reason: ReasonCode | undefined])[] = [
  ["nothing speaks against it", {}, undefined],
  ["the service is of another type", { services: [web({ type: "ClusterIP" })] }, "ML001"],
  ["the service is of another class", { services: [web({ loadBalancerClass: "other" })] }, "ML002"],
  ["the service has no address yet", { services: [web({ ips: [] })] }, "ML011"],
  ["the service has a name for an address", { services: [{ ...web(), ingress: [{ hostname: "x" }] }] }, "ML015"],
  ["the address is in no pool", { services: [web({ ips: ["10.9.9.9"] })] }, "ML314"],
  [
    "the addresses are in two pools",
    {
      pools: [pool("a", ["10.0.0.0/28"]), pool("b", ["10.1.0.0/28"])],
      services: [web({ ips: ["10.0.0.1", "10.1.0.1"] })],
    },
    "ML314",
  ],
  [
    "an older pool took the address over from a broken one, which alone is advertised",
    {
      pools: [pool("a", ["10.0.0.0/24"]), pool("young", ["10.0.0.0/28"], { createdAt: 1 })],
      services: [web({ from: "young" })],
      bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["young"] })],
    },
    undefined,
  ],
  [
    "the same, and the broken pool is not the one that it was given from",
    {
      pools: [pool("a", ["10.0.0.0/24"]), pool("young", ["10.0.0.0/28"], { createdAt: 1 })],
      bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["young"] })],
    },
    "ML401",
  ],
  ["no advertisement names the pool", { bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["b"] })] }, "ML401"],
  ["the only advertisement is broken", { bgpAdvertisements: [bgpAd("x", { localPref: -1 })] }, "ML412"],
  [
    "no advertisement includes the node",
    {
      bgpAdvertisements: [bgpAd("x", { nodeSelectors: onRack("r2") }), bgpAd("y", { nodeSelectors: onRack("r3") })],
    },
    "ML402",
  ],
  [
    "no advertisement of the node matches the labels of the service",
    {
      bgpAdvertisements: [
        bgpAd("x", { nodeSelectors: onRack("r2") }),
        bgpAd("y", { nodeSelectors: onRack("r1"), serviceSelectors: onTier("gold") }),
      ],
    },
    "ML403",
  ],
  [
    "two matching advertisements differ in the local preference",
    {
      services: [web({ labels: { tier: "gold" } })],
      bgpAdvertisements: [bgpAd("x"), bgpAd("y", { localPref: 200, serviceSelectors: onTier("gold") })],
    },
    "ML404",
  ],
  [
    "they differ, for other peers",
    {
      services: [web({ labels: { tier: "gold" } })],
      bgpAdvertisements: [
        bgpAd("x", { peers: ["tor"] }),
        bgpAd("y", { peers: ["far"], localPref: 200, serviceSelectors: onTier("gold") }),
      ],
    },
    undefined,
  ],
  [
    "they differ, for other routes",
    {
      services: [web({ labels: { tier: "gold" } })],
      bgpAdvertisements: [
        bgpAd("x", { aggregationLength: 28, aggregationLengthV6: 124 }),
        bgpAd("y", { localPref: 200, serviceSelectors: onTier("gold") }),
      ],
    },
    undefined,
  ],
  [
    "they differ, on other nodes",
    {
      services: [web({ labels: { tier: "gold" } })],
      bgpAdvertisements: [
        bgpAd("x", { nodeSelectors: onRack("r1") }),
        bgpAd("y", { nodeSelectors: onRack("r2"), localPref: 200, serviceSelectors: onTier("gold") }),
      ],
    },
    undefined,
  ],
  ["the network of the node is unavailable", { nodes: [node("n1", { networkUnavailable: true })] }, "ML307"],
  ["the node is excluded from load balancers", { nodes: [node("n1", { labels: { [exclude]: "" } })] }, "ML308"],
  [
    "it is excluded, and that does not count",
    {
      nodes: [node("n1", { labels: { [exclude]: "" } })],
      input: { ignoreExcludeLB: true },
    },
    undefined,
  ],
  ["the node is not ready, which routers see by themselves", { nodes: [node("n1", { ready: false })] }, undefined],
  [
    "the node is drained, since nobody knows when",
    {
      nodes: [node("n1", { annotations: { [drainAnnotation]: "true" } })],
    },
    "ML409",
  ],
  [
    "Local, and the endpoint is elsewhere",
    {
      services: [web({ externalTrafficPolicy: "Local" })],
      input: { endpointSlices: [slice(web(), endpoint("n2"))] },
    },
    "ML302",
  ],
  [
    "Local, and the endpoint here cannot serve",
    {
      services: [web({ externalTrafficPolicy: "Local" })],
      input: { endpointSlices: [slice(web(), endpoint("n1", false), endpoint("n2"))] },
    },
    "ML302",
  ],
  [
    "Local, and the endpoint here has no address",
    {
      services: [web({ externalTrafficPolicy: "Local" })],
      input: { endpointSlices: [slice(web(), { ...endpoint("n1"), addresses: 0 })] },
    },
    "ML302",
  ],
  [
    "Local, and one of two slices has an endpoint here",
    {
      services: [web({ externalTrafficPolicy: "Local" })],
      input: { endpointSlices: [slice(web(), endpoint("n2")), slice(web(), endpoint("n1"))] },
    },
    undefined,
  ],
  ["Cluster, and the endpoint is elsewhere", { input: { endpointSlices: [slice(web(), endpoint("n2"))] } }, undefined],
  ["Cluster, and no endpoint can serve", { input: { endpointSlices: [slice(web(), endpoint("n2", false))] } }, "ML312"],
  ["there is no endpoint", { input: { endpointSlices: [] } }, "ML312"],
  ["there is no peer", { bgpPeers: [] }, "ML405"],
  ["no peer is for the node", { bgpPeers: [peer("tor", { nodeSelectors: onRack("r2") })] }, "ML405"],
  [
    "one of two selectors of the peer matches the node",
    { bgpPeers: [peer("tor", { nodeSelectors: [...onRack("r2"), ...onRack("r1")] })] },
    undefined,
  ],
  ["the peer has no selectors, and the node no labels", { nodes: [node("n1")], bgpPeers: [peer("tor")] }, undefined],
  ["the advertisement names another peer", { bgpAdvertisements: [bgpAd("x", { peers: ["far"] })] }, "ML413"],
  ["the only peer is of the other family", { bgpPeers: [peer("tor", { peerAddress: "fd00::1" })] }, "ML413"],
]

for (const [condition, world, reason] of rows) {
  test(`${reason === undefined ? "advertised" : `not advertised (${reason})`}: ${condition}`, () => {
    const outcome = verdictOn(scene(world))
    assert.equal(outcome.reason, reason ?? "ML400")
    assert.equal(outcome.ok, reason === undefined)
  })
}

/** In the order of the table: a row counts although all after it hold as well. */
test("the first condition that holds is the reason", () => {
  const broken = node("n1", {
    networkUnavailable: true,
    labels: { rack: "r1", [exclude]: "" },
    annotations: { [drainAnnotation]: "true" },
  })
  const services = [web({ labels: { tier: "gold" }, externalTrafficPolicy: "Local" })]
  const conflict = [bgpAd("x"), bgpAd("y", { localPref: 200, serviceSelectors: onTier("gold") })]
  const none = { services, input: { endpointSlices: [] } }
  const reasonOf = (world: Scene) => verdictOn(scene({ ...none, ...world })).reason
  const there = [bgpAd("x", { nodeSelectors: onRack("r2"), serviceSelectors: onTier("silver") })]
  const here = [bgpAd("x", { serviceSelectors: onTier("silver") })]
  assert.deepEqual(
    [
      reasonOf({ nodes: [broken], bgpAdvertisements: there }),
      reasonOf({ nodes: [broken], bgpAdvertisements: here }),
      reasonOf({ nodes: [broken], bgpAdvertisements: conflict }),
      reasonOf({ nodes: [broken] }),
      reasonOf({ nodes: [{ ...broken, networkUnavailable: false }] }),
      reasonOf({ nodes: [{ ...broken, networkUnavailable: false, labels: {} }] }),
      reasonOf({}),
      reasonOf({ services: [web()] }),
    ],
    ["ML402", "ML403", "ML404", "ML307", "ML308", "ML409", "ML302", "ML312"],
  )
})

test("the trace has a step for each advertisement of the pool and each peer that there is", () => {
  const outcome = verdictOn(
    scene({
      bgpPeers: [
        peer("both", { peerAddress: "192.168.9.1", dualStackAddressFamily: true }),
        peer("broken", { peerAddress: "192.168.9.2", myASN: 0 }),
        peer("four", { peerAddress: "192.168.9.3" }),
        peer("rack2", { peerAddress: "192.168.9.4", nodeSelectors: onRack("r2") }),
        peer("six", { peerAddress: "fd00::1" }),
        peer("unnamed", { peerAddress: "192.168.9.5" }),
      ],
      bgpAdvertisements: [
        bgpAd("gold", { serviceSelectors: onTier("gold") }),
        bgpAd("main", { peers: ["both", "four", "six"] }),
        bgpAd("rack2", { nodeSelectors: onRack("r2") }),
      ],
      services: [web({ ips: ["10.0.0.1", "2001:db8::1"] })],
    }),
  )
  assert.deepEqual(steps(outcome), [
    "node/n1 chosen ML400",
    "bgpadvertisement/gold rejected ML403",
    "bgpadvertisement/main chosen ML414",
    "bgpadvertisement/rack2 rejected ML402",
    "bgppeer/both chosen ML415",
    "bgppeer/four chosen ML410",
    "bgppeer/six chosen ML410",
    "bgppeer/unnamed rejected ML406",
    "bgppeer/rack2 rejected ML407",
    "bgppeer/broken rejected ML411",
  ])
})
