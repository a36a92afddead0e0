import type { LabelMap, LabelSelector, LegacyConfigMap, Meta } from "../model.ts"
import type { BfdProfileResource, BgpAdvertisementResource, BgpPeerResource, CommunityResource } from "../model-bgp.ts"
import type { YamlNode } from "../yaml/tree.ts"
import { childOf, flagOf, textOf } from "./shape.ts"

/**
 * Entries of the ConfigMap as the resources that they amount to. What does not fit the shape has been reported before and
 * gives the default here.
 */

/** Fields of the resource and the keys of the ConfigMap that hold them. */
export const peerKeys = {
  myASN: "my-asn",
  peerASN: "peer-asn",
  peerAddress: "peer-address",
  sourceAddress: "source-address",
  peerPort: "peer-port",
  holdTime: "hold-time",
  keepaliveTime: "keepalive-time",
  routerID: "router-id",
  bfdProfile: "bfd-profile",
  ebgpMultiHop: "ebgp-multihop",
  nodeSelectors: "node-selectors",
  matchLabels: "match-labels",
  matchExpressions: "match-expressions",
} as const

export const bfdKeys = {
  receiveInterval: "receive-interval",
  transmitInterval: "transmit-interval",
  detectMultiplier: "detect-multiplier",
  echoInterval: "echo-interval",
  echoMode: "echo-mode",
  passiveMode: "passive-mode",
  minimumTtl: "minimum-ttl",
} as const

export const advertisementKeys = {
  aggregationLength: "aggregation-length",
  aggregationLengthV6: "aggregation-length-v6",
  localPref: "localpref",
  communities: "communities",
} as const

/** MetalLB used 90 s where nothing was written. */
export const peerOf = (configMap: LegacyConfigMap, name: string, node: YamlNode): BgpPeerResource => ({
  ...metaOf(configMap, name),
  generation: 0,
  myASN: wholeAt(node, peerKeys.myASN) ?? 0,
  peerASN: wholeAt(node, peerKeys.peerASN) ?? 0,
  dynamicASN: "",
  localASN: 0,
  peerAddress: textOf(node, peerKeys.peerAddress) ?? "",
  interface: "",
  sourceAddress: textOf(node, peerKeys.sourceAddress) ?? "",
  peerPort: wholeAt(node, peerKeys.peerPort) ?? 0,
  holdTime: textOf(node, peerKeys.holdTime) ?? "1m30s",
  keepaliveTime: textOf(node, peerKeys.keepaliveTime),
  connectTime: undefined,
  routerID: textOf(node, peerKeys.routerID) ?? "",
  nodeSelectors: itemsAt(node, peerKeys.nodeSelectors).map(selectorOf),
  hasPassword: (textOf(node, "password") ?? "") !== "",
  passwordSecret: { name: "", namespace: "" },
  bfdProfile: textOf(node, peerKeys.bfdProfile) ?? "",
  enableGracefulRestart: false,
  ebgpMultiHop: flagAt(node, peerKeys.ebgpMultiHop),
  vrf: "",
  disableMP: false,
  dualStackAddressFamily: false,
})

export const bfdOf = (configMap: LegacyConfigMap, name: string, node: YamlNode): BfdProfileResource => ({
  ...metaOf(configMap, name),
  generation: 0,
  receiveInterval: wholeAt(node, bfdKeys.receiveInterval),
  transmitInterval: wholeAt(node, bfdKeys.transmitInterval),
  detectMultiplier: wholeAt(node, bfdKeys.detectMultiplier),
  echoInterval: wholeAt(node, bfdKeys.echoInterval),
  echoMode: flagAt(node, bfdKeys.echoMode),
  passiveMode: flagAt(node, bfdKeys.passiveMode),
  minimumTtl: wholeAt(node, bfdKeys.minimumTtl),
})

/** The aliases in the order of the text; those without a text for a value have been reported. */
export const communitiesOf = (configMap: LegacyConfigMap, node: YamlNode): CommunityResource => ({
  ...metaOf(configMap, "communities"),
  generation: 0,
  communities: aliasesOf(node).map(key => ({ name: key, value: textOf(node, key) ?? "" })),
})

/** Keys of the map that have a text. */
export const aliasesOf = (node: YamlNode): readonly string[] =>
  node.kind === "map" ? node.entries.map(({ key }) => key).filter(key => (textOf(node, key) ?? "") !== "") : []

/** `implied`: the pool names no advertisement, and `node` is the pool itself. */
export const advertisementOf = (
  configMap: LegacyConfigMap,
  name: string,
  pool: string,
  node: YamlNode,
  implied: boolean,
): BgpAdvertisementResource => ({
  ...metaOf(configMap, name),
  generation: 0,
  aggregationLength: (implied ? undefined : wholeAt(node, advertisementKeys.aggregationLength)) ?? 32,
  aggregationLengthV6: (implied ? undefined : wholeAt(node, advertisementKeys.aggregationLengthV6)) ?? 128,
  localPref: implied ? undefined : wholeAt(node, advertisementKeys.localPref),
  communities: implied ? [] : itemsAt(node, advertisementKeys.communities).flatMap(scalarText),
  ipAddressPools: [pool],
  ipAddressPoolSelectors: [],
  nodeSelectors: [],
  serviceSelectors: [],
  peers: [],
})

const metaOf = ({ namespace, resourceVersion }: LegacyConfigMap, name: string): Meta => ({
  namespace,
  name,
  uid: "",
  resourceVersion,
  createdAt: 0,
  labels: {},
  annotations: {},
})

const wholeAt = (node: YamlNode, key: string): number | undefined => {
  const value = childOf(node, key)
  return value?.kind === "scalar" && Number.isSafeInteger(value.value) ? Number(value.value) : undefined
}

const flagAt = (node: YamlNode, key: string): boolean => {
  const value = childOf(node, key)
  return (value === undefined ? undefined : flagOf(value)) ?? false
}

const itemsAt = (node: YamlNode, key: string): readonly YamlNode[] => {
  const value = childOf(node, key)
  return value?.kind === "list" ? value.items : []
}

const scalarText = (node: YamlNode): readonly string[] => (node.kind === "scalar" ? [node.text] : [])

const selectorOf = (node: YamlNode): LabelSelector => {
  const labels = childOf(node, peerKeys.matchLabels)
  const expressions = itemsAt(node, peerKeys.matchExpressions)
  return {
    ...(labels === undefined ? {} : { matchLabels: labelsOf(labels) }),
    ...(expressions.length === 0
      ? {}
      : {
          matchExpressions: expressions.map(expression => ({
            key: textOf(expression, "key") ?? "",
            operator: textOf(expression, "operator") ?? "",
            values: itemsAt(expression, "values").flatMap(scalarText),
          })),
        }),
  }
}

const labelsOf = (node: YamlNode): LabelMap =>
  node.kind === "map" ? Object.fromEntries(node.entries.map(({ key }) => [key, textOf(node, key) ?? ""])) : {}
