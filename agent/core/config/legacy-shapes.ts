import type { Shape } from "./shape.ts"

/** The configuration text of MetalLB before 0.13, section by section. */

const text: Shape = { kind: "text" }
const flag: Shape = { kind: "flag" }
const whole = (least: number, most: number): Shape => ({ kind: "whole", least, most })
const list = (of: Shape): Shape => ({ kind: "list", of })
const map = (keys: Readonly<Record<string, Shape>>, ...required: string[]): Shape => ({ kind: "map", keys, required })

const advertisement = map({
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
    "bgp-advertisements": list(advertisement),
  },
  "name",
  "protocol",
  "addresses",
)

const nodeSelector = map({
  "match-labels": { kind: "texts-by-key" },
  "match-expressions": list(map({ key: text, operator: text, values: list(text) }, "key", "operator")),
})

const peerShape = map(
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

const bfdShape = map(
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

/** Sections that are understood and not used yet. */
export const bgpSections: Readonly<Record<string, Shape>> = {
  peers: list(peerShape),
  "bgp-communities": { kind: "texts-by-key" },
  "bfd-profiles": list(bfdShape),
}

export const poolSection = "address-pools"

export const sectionNames: readonly string[] = [poolSection, ...Object.keys(bgpSections)]

/** Every key that the text may contain, for pointing at one that lacks its colon. */
export const allKeys: readonly string[] = [
  ...sectionNames,
  ...keysOf(poolShape),
  ...keysOf(peerShape),
  ...keysOf(bfdShape),
]

function keysOf(shape: Shape): readonly string[] {
  return shape.kind === "map" ? Object.keys(shape.keys) : []
}
