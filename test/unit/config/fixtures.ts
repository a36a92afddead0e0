import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import { judgeConfig, nothingWrittenIn } from "../../../agent/core/config/judge.ts"
import type { Config, ConfigVerdict } from "../../../agent/core/config/model.ts"
import { formatRange } from "../../../agent/core/ip/range.ts"
import type {
  L2AdvertisementResource,
  LabelMap,
  LegacyConfigMap,
  Meta,
  Namespace,
  Node,
  PoolResource,
} from "../../../agent/core/model.ts"
import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
  SecretFacts,
} from "../../../agent/core/model-bgp.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"

export const installNamespace = "metallb-system"

const meta = (name: string): Meta => ({
  namespace: installNamespace,
  name,
  uid: `uid-${name}`,
  resourceVersion: "1",
  createdAt: 0,
  labels: {},
  annotations: {},
})

export const pool = (name: string, addresses: readonly string[], more: Partial<PoolResource> = {}): PoolResource => ({
  ...meta(name),
  generation: 1,
  addresses,
  autoAssign: true,
  avoidBuggyIPs: false,
  serviceAllocation: undefined,
  ...more,
})

export const l2 = (name: string, more: Partial<L2AdvertisementResource> = {}): L2AdvertisementResource => ({
  ...meta(name),
  generation: 1,
  ipAddressPools: [],
  ipAddressPoolSelectors: [],
  nodeSelectors: [],
  serviceSelectors: [],
  interfaces: [],
  preferredNodeSelectors: [],
  ...more,
})

export const namespace = (name: string, labels: LabelMap = {}): Namespace => ({ ...meta(name), namespace: "", labels })

/** The ConfigMap `config` with this text under data.config; undefined leaves the key out. */
export const configMap = (text: string | undefined): LegacyConfigMap => ({ ...meta("config"), text })

export const judge = (input: Partial<ConfigInput>, lastGood?: Config): ConfigVerdict =>
  judgeConfig({ ...nothingWrittenIn(installNamespace), ...input }, parseYaml, lastGood)

type Kind = "pools" | "l2Advertisements" | "bgpPeers" | "bgpAdvertisements" | "bfdProfiles" | "communities"

/** As `judge`, where these kinds were not read. */
export const judgeWithout = (
  unread: readonly Kind[],
  input: Partial<ConfigInput> = {},
  lastGood?: Config,
): ConfigVerdict => {
  const all = Object.entries({ ...nothingWrittenIn(installNamespace), ...input })
  const read = Object.fromEntries(all.filter(([name]) => !unread.some(each => each === name)))
  return judgeConfig(read as ConfigInput, parseYaml, lastGood)
}

/** The pools in use as text: "public: 10.0.0.0/24, 10.0.2.0/24". */
export const poolLines = (verdict: ConfigVerdict): readonly string[] =>
  verdict.config.pools.map(({ name, ranges }) => `${name}: ${ranges.map(formatRange).join(", ")}`)

/** The problems as text: "error ML210 ipaddresspool/public spec.addresses[0]". */
export const problemLines = (verdict: ConfigVerdict): readonly string[] =>
  verdict.problems.map(({ severity, reason, object, field }) => `${severity} ${reason} ${object} ${field}`)

/** A peer at 10.0.0.1 with nothing but what is required. */
export const peer = (name: string, more: Partial<BgpPeerResource> = {}): BgpPeerResource => ({
  ...meta(name),
  generation: 1,
  myASN: 64512,
  peerASN: 64513,
  dynamicASN: "",
  localASN: 0,
  peerAddress: "10.0.0.1",
  interface: "",
  sourceAddress: "",
  peerPort: 179,
  holdTime: undefined,
  keepaliveTime: undefined,
  connectTime: undefined,
  routerID: "",
  nodeSelectors: [],
  hasPassword: false,
  passwordSecret: { name: "", namespace: "" },
  bfdProfile: "",
  enableGracefulRestart: false,
  ebgpMultiHop: false,
  vrf: "",
  disableMP: false,
  dualStackAddressFamily: false,
  ...more,
})

export const bgpAd = (name: string, more: Partial<BgpAdvertisementResource> = {}): BgpAdvertisementResource => ({
  ...meta(name),
  generation: 1,
  aggregationLength: 32,
  aggregationLengthV6: 128,
  localPref: undefined,
  communities: [],
  ipAddressPools: [],
  ipAddressPoolSelectors: [],
  nodeSelectors: [],
  serviceSelectors: [],
  peers: [],
  ...more,
})

export const bfd = (name: string, more: Partial<BfdProfileResource> = {}): BfdProfileResource => ({
  ...meta(name),
  generation: 1,
  receiveInterval: undefined,
  transmitInterval: undefined,
  detectMultiplier: undefined,
  echoInterval: undefined,
  echoMode: false,
  passiveMode: false,
  minimumTtl: undefined,
  ...more,
})

/** A Community with these aliases. */
export const community = (
  name: string,
  aliases: Readonly<Record<string, string>>,
  more: Partial<CommunityResource> = {},
): CommunityResource => ({
  ...meta(name),
  generation: 1,
  communities: Object.entries(aliases).map(([alias, value]) => ({ name: alias, value })),
  ...more,
})

export const secret = (name: string, more: Partial<SecretFacts> = {}): SecretFacts => ({
  ...meta(name),
  type: "kubernetes.io/basic-auth",
  keys: ["password"],
  ...more,
})

export const node = (name: string, labels: LabelMap = {}): Node => ({
  ...meta(name),
  namespace: "",
  labels,
  ready: true,
  networkUnavailable: false,
  unschedulable: false,
  addresses: [],
})
