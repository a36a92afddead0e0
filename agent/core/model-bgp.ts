import type { Configured, LabelSelector, Meta } from "./model.ts"

/** The resources that concern BGP, their specs as written (not yet judged), and what is known of Secrets. */

/**
 * metallb.io/v1beta2 BGPPeer. The password is not part of it, so that no snapshot, log line or message can carry it; whoever
 * opens the session reads it with `inlinePasswordOf`.
 */
export type BgpPeerResource = Configured & {
  readonly myASN: number
  /** 0 where unset. */
  readonly peerASN: number
  /** "" where unset, as with every text below. */
  readonly dynamicASN: string
  /** 0 where unset. */
  readonly localASN: number
  readonly peerAddress: string
  readonly interface: string
  readonly sourceAddress: string
  /** 0 where unset: 179 is meant. Objects stored through v1beta1 may carry 0. */
  readonly peerPort: number
  /** Durations as Go writes them. */
  readonly holdTime: string | undefined
  readonly keepaliveTime: string | undefined
  readonly connectTime: string | undefined
  readonly routerID: string
  readonly nodeSelectors: readonly LabelSelector[]
  readonly hasPassword: boolean
  readonly passwordSecret: { readonly name: string; readonly namespace: string }
  readonly bfdProfile: string
  readonly enableGracefulRestart: boolean
  readonly ebgpMultiHop: boolean
  /** Ours, not MetalLB's; undefined where unset. */
  readonly ttlSecurityHops?: number | undefined
  readonly vrf: string
  readonly disableMP: boolean
  readonly dualStackAddressFamily: boolean
}

/** metallb.io/v1beta1 BGPAdvertisement. */
export type BgpAdvertisementResource = Configured & {
  readonly aggregationLength: number
  readonly aggregationLengthV6: number
  readonly localPref: number | undefined
  readonly communities: readonly string[]
  /** Ours, not MetalLB's, as the next two; undefined where unset. */
  readonly med?: number | undefined
  readonly asPathPrepend?: number | undefined
  /** Megabits a second. */
  readonly bandwidthPerEndpoint?: number | undefined
  readonly ipAddressPools: readonly string[]
  readonly ipAddressPoolSelectors: readonly LabelSelector[]
  readonly nodeSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
  readonly peers: readonly string[]
}

/** metallb.io/v1beta1 BFDProfile; intervals in milliseconds, undefined where unset. */
export type BfdProfileResource = Configured & {
  readonly receiveInterval: number | undefined
  readonly transmitInterval: number | undefined
  readonly detectMultiplier: number | undefined
  readonly echoInterval: number | undefined
  readonly echoMode: boolean
  readonly passiveMode: boolean
  readonly minimumTtl: number | undefined
}

/** metallb.io/v1beta1 Community. */
export type CommunityResource = Configured & {
  readonly communities: readonly { readonly name: string; readonly value: string }[]
}

/** A v1 Secret without its values: that it exists, its type, and which keys it has. */
export type SecretFacts = Meta & {
  readonly type: string
  readonly keys: readonly string[]
  /** Another one for another password, within this process; undefined where nobody computes one. */
  readonly passwordDigest?: string
}
