import { formatRange } from "../../ip/range.ts"
import type { LabelSelector } from "../../model.ts"
import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
} from "../../model-bgp.ts"
import type { Pool } from "../model.ts"

/** A resource as it is sent to the API server. */
export type ApiObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly type?: string
  readonly stringData?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

type Where = { readonly name: string; readonly namespace: string }

const group = "metallb.io/v1beta1"

/** Fields that say nothing beyond the default are left out, so that the manifest stays readable. */
const only = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => isSaying(value)))

const isSaying = (value: unknown): boolean =>
  value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0)

/** Entries stand as they were written, but for the spaces and where the API server would not take them. */
export const poolObject = (metadata: Where, pool: Pool): ApiObject => ({
  apiVersion: group,
  kind: "IPAddressPool",
  metadata,
  spec: {
    addresses: pool.ranges.map((range, index) => {
      const written = pool.written[index]?.trim() ?? ""
      return written === "" || /::ffff:/i.test(written) || written.length > 100 ? formatRange(range) : written
    }),
    ...(pool.autoAssign ? {} : { autoAssign: false }),
    ...(pool.avoidBuggyIPs ? { avoidBuggyIPs: true } : {}),
  },
})

export const l2Object = (metadata: Where, pool: string): ApiObject => ({
  apiVersion: group,
  kind: "L2Advertisement",
  metadata,
  spec: { ipAddressPools: [pool] },
})

export const bgpAdvertisementObject = (
  metadata: Where,
  pool: string,
  { aggregationLength, aggregationLengthV6, localPref, communities }: BgpAdvertisementResource,
): ApiObject => ({
  apiVersion: group,
  kind: "BGPAdvertisement",
  metadata,
  spec: only({
    ipAddressPools: [pool],
    aggregationLength: aggregationLength === 32 ? undefined : aggregationLength,
    aggregationLengthV6: aggregationLengthV6 === 128 ? undefined : aggregationLengthV6,
    localPref,
    communities,
  }),
})

/** `secret`: name of the Secret with the password, "" without one. `bfdProfile`: its name among the resources. */
export const peerObject = (
  metadata: Where,
  peer: BgpPeerResource,
  names: { readonly secret: string; readonly bfdProfile: string },
): ApiObject => ({
  apiVersion: "metallb.io/v1beta2",
  kind: "BGPPeer",
  metadata,
  spec: only({
    myASN: peer.myASN,
    peerASN: peer.peerASN,
    peerAddress: peer.peerAddress,
    sourceAddress: peer.sourceAddress,
    peerPort: peer.peerPort === 0 ? undefined : peer.peerPort,
    holdTime: peer.holdTime,
    keepaliveTime: peer.keepaliveTime,
    routerID: peer.routerID,
    passwordSecret: names.secret === "" ? undefined : { name: names.secret },
    bfdProfile: names.bfdProfile,
    ebgpMultiHop: peer.ebgpMultiHop,
    nodeSelectors: peer.nodeSelectors.map(selectorObject),
  }),
})

/** Operators that take no values must not carry an empty list of them. */
const selectorObject = ({ matchLabels, matchExpressions }: LabelSelector): Readonly<Record<string, unknown>> => ({
  ...(matchLabels === undefined ? {} : { matchLabels }),
  ...(matchExpressions === undefined
    ? {}
    : { matchExpressions: matchExpressions.map(({ key, operator, values }) => only({ key, operator, values })) }),
})

export const bfdObject = (metadata: Where, profile: BfdProfileResource): ApiObject => ({
  apiVersion: group,
  kind: "BFDProfile",
  metadata,
  spec: only({
    receiveInterval: profile.receiveInterval,
    transmitInterval: profile.transmitInterval,
    detectMultiplier: profile.detectMultiplier,
    echoInterval: profile.echoInterval,
    echoMode: profile.echoMode,
    passiveMode: profile.passiveMode,
    minimumTtl: profile.minimumTtl,
  }),
})

export const communityObject = (metadata: Where, communities: CommunityResource["communities"]): ApiObject => ({
  apiVersion: group,
  kind: "Community",
  metadata,
  spec: { communities },
})

export const secretObject = (metadata: Where, password: string): ApiObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata,
  type: "kubernetes.io/basic-auth",
  stringData: { password },
})
