import type { Shape } from "./shape.ts"

/** The configuration text of MetalLB before 0.13, section by section. */

const text: Shape = { kind: "text" }
const flag: Shape = { kind: "flag" }
const whole = (least: number, most: number): Shape => ({ kind: "whole", least, most })
const list = (of: Shape): Shape => ({ kind: "list", of })
const map = (keys: Readonly<Record<string, Shape>>, ...required: string[]): Shape => ({ kind: "map", keys, required })

export const advertisementShape: Shape = map({
  "aggregation-length": whole(1, 32),
  "aggregation-length-v6": whole(1, 128),
  localpref: whole(0, 4294967295),
  communities: list(text),
})

export const poolShape = map(
  {
    name: text,
    protocol: { kind: "choice", values: ["layer2", "bgp"] },
    addresses: list(text),
    "auto-assign": flag,
    "avoid-buggy-ips": flag,
    // Judged entry by entry: a faulty advertisement does not take the pool away.
    "bgp-advertisements": { kind: "any" },
  },
  "name",
  "protocol",
  "addresses",
)

const nodeSelector = map({
  "match-labels": { kind: "texts-by-key" },
  "match-expressions": list(map({ key: text, operator: text, values: list(text) }, "key", "operator")),
})

export const peerShape = map(
  {
    "my-asn": whole(0, 4294967295),
    "peer-asn": whole(0, 4294967295),
    "peer-address": text,
    "source-address": text,
    "peer-port": whole(0, 65535),
    "hold-time": { kind: "duration" },
    "keepalive-time": { kind: "duration" },
    "router-id": text,
    password: text,
    "bfd-profile": text,
    "ebgp-multihop": flag,
    "node-selectors": list(nodeSelector),
  },
  "my-asn",
  "peer-asn",
  "peer-address",
)

export const bfdShape = map(
  {
    name: text,
    "receive-interval": whole(10, 60000),
    "transmit-interval": whole(10, 60000),
    "detect-multiplier": whole(2, 255),
    "echo-interval": whole(10, 60000),
    "echo-mode": flag,
    "passive-mode": flag,
    "minimum-ttl": whole(1, 254),
  },
  "name",
)

export const communitiesShape: Shape = { kind: "texts-by-key" }

/** Sections of BGP. */
export const bgpSections: readonly string[] = ["peers", "bgp-communities", "bfd-profiles"]

export const poolSection = "address-pools"

export const sectionNames: readonly string[] = [poolSection, ...bgpSections]

/** Every key that the text may contain, for pointing at one that lacks its colon. */
export const allKeys: readonly string[] = [
  ...sectionNames,
  ...keysOf(poolShape),
  ...keysOf(peerShape),
  ...keysOf(bfdShape),
  ...keysOf(advertisementShape),
]

function keysOf(shape: Shape): readonly string[] {
  return shape.kind === "map" ? Object.keys(shape.keys) : []
}
