import type { Address } from "../../ip/address.ts"
import type { LabelSelector } from "../../model.ts"
import type { ConfigSource } from "../model.ts"

/** The judged configuration of BGP. Lists are sorted by name. */
export type BgpConfig = {
  readonly peers: readonly BgpPeer[]
  readonly advertisements: readonly BgpAdvertisement[]
  readonly bfdProfiles: readonly BfdProfile[]
  readonly communities: readonly CommunityAlias[]
}

export const noBgp: BgpConfig = { peers: [], advertisements: [], bfdProfiles: [], communities: [] }

/** What cannot be used and has no valid version to stand in; names, sorted. */
export type BrokenBgp = { readonly peers: readonly string[]; readonly advertisements: readonly string[] }

/**
 * Where the password of a session is to be read. `revision` changes whenever the password does (of a Secret), or the object that holds it,
 * so that a new password shows as a changed configuration although the password itself is not part of it.
 */
export type PasswordSource =
  | { readonly from: "nothing" }
  | { readonly from: "peer" | "configmap"; readonly revision: string }
  | { readonly from: "secret"; readonly name: string; readonly revision: string }

/** Which AS the peer must show: a number, the own one ("internal") or any other ("external"). */
export type RemoteAs = { readonly kind: "as"; readonly asn: number } | { readonly kind: "internal" | "external" }

export type PeerEndpoint =
  | { readonly kind: "address"; readonly address: Address }
  /** Unnumbered: the peer is found on the link of this interface. */
  | { readonly kind: "interface"; readonly name: string }

export type BgpPeer = {
  readonly name: string
  readonly source: ConfigSource
  readonly myASN: number
  readonly remote: RemoteAs
  /** Shown to this peer in the place of myASN. */
  readonly localASN: number | undefined
  readonly endpoint: PeerEndpoint
  readonly sourceAddress: Address | undefined
  readonly port: number
  readonly timers: PeerTimers
  readonly routerID: Address | undefined
  /** OR of selectors; empty: every node. */
  readonly nodeSelectors: readonly LabelSelector[]
  readonly password: PasswordSource
  /** Name of a profile; where `bfdProfiles` has none of that name it cannot be used at the moment and BFD stays off. */
  readonly bfdProfile: string | undefined
  readonly gracefulRestart: boolean
  readonly ebgpMultiHop: boolean
  /** Hops that the peer may be away, 1..254, where its packets must prove it (RFC 5082); undefined: no proof is asked for. */
  readonly ttlSecurityHops: number | undefined
  /** "" is the default VRF. */
  readonly vrf: string
  readonly dualStackAddressFamily: boolean
}

/** Whole seconds; undefined where nothing is written and the session's own default holds. A hold time of 0 turns timers off. */
export type PeerTimers = {
  readonly holdTime: number | undefined
  readonly keepaliveTime: number | undefined
  readonly connectTime: number | undefined
}

export type BgpAdvertisement = {
  readonly name: string
  readonly source: ConfigSource
  readonly pools: ReadonlySet<string>
  /**
   * Pools of `pools` for which the aggregation lengths do not hold, because an aggregate would claim addresses outside the
   * pool: their addresses are announced one by one.
   */
  readonly hostRoutesOnly: ReadonlySet<string>
  readonly aggregationLength: number
  readonly aggregationLengthV6: number
  /** undefined where unset. */
  readonly localPref: number | undefined
  /** Sorted, without repeats. */
  readonly communities: readonly BgpCommunity[]
  /** MULTI_EXIT_DISC, 0..2^32-1; undefined: none is sent. */
  readonly med: number | undefined
  /** How often more than once the own AS stands in the path, 0..10. */
  readonly asPathPrepend: number
  /** Megabits a second for each local endpoint, 1..1000000; undefined: peers are told no bandwidth. */
  readonly bandwidthPerEndpoint: number | undefined
  /** OR of selectors; empty: every node, every service. */
  readonly nodeSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
  /** Names of BgpPeers, sorted; empty: all. */
  readonly peers: readonly string[]
}

/** Intervals in milliseconds, with the defaults filled in. */
export type BfdProfile = {
  readonly name: string
  readonly source: ConfigSource
  readonly receiveInterval: number
  readonly transmitInterval: number
  readonly detectMultiplier: number
  readonly echoInterval: number
  readonly echoMode: boolean
  readonly passiveMode: boolean
  readonly minimumTtl: number
}

/** RFC 1997: two 16-bit numbers as one of 32 bits. RFC 8092: three numbers of 32 bits. */
export type BgpCommunity =
  | { readonly kind: "standard"; readonly value: number }
  | { readonly kind: "large"; readonly value: readonly [number, number, number] }

export type CommunityAlias = { readonly name: string; readonly source: ConfigSource; readonly community: BgpCommunity }
