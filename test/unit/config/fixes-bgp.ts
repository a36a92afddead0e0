import { bfd, bgpAd, community, configMap, judge, node, peer, pool, secret } from "./fixtures.ts"

/** A configuration that carries every fault of BGP that the judge knows. */
export const faultyBgp = judge({
  pools: [pool("narrow", ["10.8.0.0/28"])],
  nodes: [node("n1")],
  secrets: [secret("typed", { type: "Opaque" }), secret("empty", { keys: [] })],
  bgpPeers: [
    peer("range", { myASN: 0, peerAddress: "10.1.0.1" }),
    peer("both", { dynamicASN: "internal", peerAddress: "10.1.0.2" }),
    peer("timer", { holdTime: "2s", peerAddress: "10.1.0.3" }),
    peer("first", { createdAt: 1 }),
    peer("second", { createdAt: 2 }),
    peer("dangling", { bfdProfile: "gone", peerAddress: "10.1.0.4" }),
    peer("typed", { passwordSecret: { name: "typed", namespace: "" }, peerAddress: "10.1.0.5" }),
    peer("old", { disableMP: true, holdTime: "0s", peerAddress: "10.1.0.6" }),
    peer("echo", { bfdProfile: "echo", peerAddress: "fd00::1" }),
  ],
  bgpAdvertisements: [
    bgpAd("wide", { aggregationLength: 24 }),
    bgpAd("exclusive", { aggregationLength: 30, serviceSelectors: [{}] }),
    bgpAd("low", { localPref: 100, createdAt: 1 }),
    bgpAd("high", { localPref: 200, createdAt: 2 }),
    bgpAd("alias", { communities: ["nobody"] }),
    bgpAd("literal", { communities: ["1:65536"] }),
    bgpAd("friends", { peers: ["nobody"] }),
  ],
  bfdProfiles: [bfd("echo", { echoMode: true }), bfd("fast", { receiveInterval: 9 })],
  communities: [community("a", { x: "1:1" }, { createdAt: 1 }), community("b", { x: "1:2" }, { createdAt: 2 })],
  legacy: configMap(`bfd-profiles:
- {name: fast}
- {name: twice}
- {name: twice}
bgp-communities: {x: "1:1"}
peers:
- {my-asn: 64512, peer-asn: 64513, peer-address: 10.0.0.1}
`),
})
