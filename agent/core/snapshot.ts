import type { Barred, Placement } from "./announce/context.ts"
import type {
  ConflictReport,
  EndpointSlice,
  L2AdvertisementResource,
  LegacyConfigMap,
  Namespace,
  Node,
  ObjectKey,
  PoolResource,
  ReservationResource,
  Service,
  SpeakerPod,
} from "./model.ts"
import type { BfdProfileResource, BgpAdvertisementResource, BgpPeerResource, CommunityResource } from "./model-bgp.ts"

/** A read of the cluster that failed. What depends on it is unknown, never assumed. */
export type Unread = { readonly what: SnapshotPart; readonly why: string }

export type SnapshotPart =
  | "services"
  | "endpointSlices"
  | "nodes"
  | "namespaces"
  | "pools"
  | "l2Advertisements"
  | "bgpPeers"
  | "bgpAdvertisements"
  | "communities"
  | "legacyConfig"
  | "speakers"
  | "announced"
  | "company"
  | "reservations"

/**
 * Everything a decision reads, as one value. The schema version rises when a reader of an older file would misread it.
 * A part that could not be read is empty here and named in `unread`.
 */
export type Snapshot = {
  readonly schema: 1
  /** Milliseconds since the epoch at which the reading ended. */
  readonly readAt: number
  /** Where the agents live. */
  readonly installNamespace: string
  /** --lb-class of the installation; "" serves services without a class. */
  readonly loadBalancerClass: string
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly nodes: readonly Node[]
  readonly namespaces: readonly Namespace[]
  readonly pools: readonly PoolResource[]
  readonly l2Advertisements: readonly L2AdvertisementResource[]
  readonly legacyConfig: LegacyConfigMap | undefined
  /** What concerns BGP; missing in a snapshot of a reader that did not ask for it. */
  readonly bgpPeers?: readonly BgpPeerResource[]
  readonly bgpAdvertisements?: readonly BgpAdvertisementResource[]
  readonly bfdProfiles?: readonly BfdProfileResource[]
  readonly communities?: readonly CommunityResource[]
  readonly speakers: readonly SpeakerPod[]
  /** How the speakers are started; missing where that was not looked for. */
  readonly speakerSettings?: SpeakerSettings
  /** Nodes on which the speaker is MetalLB's, sorted; missing where that was not looked for. */
  readonly foreignSpeakers?: readonly string[]
  /** What speakers say of each other; missing where none was asked, or there is no member list. */
  readonly company?: SpeakersWord
  /** What the speakers say that they announce; missing where that was not looked for. */
  readonly announced?: readonly Announced[]
  /** What the speakers say that they tell their peers; missing where that was not looked for. */
  readonly advertised?: readonly Advertised[]
  /** Addresses of services that another machine answers for; missing where that was not looked for. */
  readonly conflicts?: readonly ConflictReport[]
  /** AddressReservations; missing where that was not looked for, or the kind is not installed. */
  readonly reservations?: readonly ReservationResource[]
  readonly unread: readonly Unread[]
}

export type SpeakerSettings = {
  readonly placement: Placement
  /** --ignore-exclude-lb */
  readonly ignoreExcludeLB: boolean
  /** False where --ml-bindaddr or --ml-labels is not given; missing where that was not looked for. */
  readonly memberList?: boolean
}

/** What speakers say of each other. */
export type SpeakersWord = {
  /** "settled": they decide among themselves who owns what. Else what the API says of nodes and pods counts. */
  readonly state: "gathering" | "settled" | "alone"
  /** A live speaker is MetalLB's. */
  readonly mixed: boolean
  /** Nodes whose speaker lives, sorted. */
  readonly live: readonly string[]
  /** Nodes that leave an address to others since nobody would hear them; those that were asked said it of themselves. */
  readonly barred: readonly (Barred & { readonly address: string })[]
}

/** What a speaker says of itself: which peers it hands the routes of a service to (ServiceBGPStatus). */
export type Advertised = { readonly service: ObjectKey; readonly node: string; readonly peers: readonly string[] }

/** What a speaker says of itself: that its node announces a service (ServiceL2Status). */
export type Announced = {
  readonly service: ObjectKey
  readonly node: string
  /** Empty: all interfaces of the node. */
  readonly interfaces: readonly string[]
}
