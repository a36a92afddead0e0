import type {
  EndpointSlice,
  L2AdvertisementResource,
  LegacyConfigMap,
  Namespace,
  Node,
  PoolResource,
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
  | "legacyConfig"
  | "speakers"

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
  readonly unread: readonly Unread[]
}
