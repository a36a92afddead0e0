import { recordedPool } from "../../core/allocate/annotations.ts"
import { decodeBfdProfile, decodeBgpAdvertisement, decodeBgpPeer, decodeCommunity } from "../../core/kube/decode-bgp.ts"
import { decodeL2Advertisement, decodeLegacyConfigMap, decodePool } from "../../core/kube/decode-config.ts"
import { conflictLabel, decodeConflict } from "../../core/kube/decode-conflict.ts"
import { decodeEndpointSlice } from "../../core/kube/decode-endpoints.ts"
import { decodeMemberSecret, type MemberSecret } from "../../core/kube/decode-member-secret.ts"
import { decodeNamespace, decodeNode, decodeSpeakerPod } from "../../core/kube/decode-node.ts"
import { decodeReservation } from "../../core/kube/decode-reservation.ts"
import { decodeService } from "../../core/kube/decode-service.ts"
import type {
  ConflictReport,
  EndpointSlice,
  L2AdvertisementResource,
  LegacyConfigMap,
  Namespace,
  Node,
  PoolResource,
  ReservationResource,
  Service,
  SpeakerPod,
} from "../../core/model.ts"
import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
  SecretFacts,
} from "../../core/model-bgp.ts"
import type { Source } from "./reflector.ts"
import { paths } from "./resources.ts"
import { readSecretFacts } from "./secret-facts.ts"

const isLoadBalancer = ({ type }: Service): boolean => type === "LoadBalancer"

/** The collections that the agent follows. `what` is also what /readyz and the log call them. */
const services: Source<Service> = { what: "services", path: paths.services, decode: decodeService }

/** What the controller looks at: load balancer services, and those that still carry what one had. */
export const controlledServices: Source<Service> = {
  ...services,
  keeps: service => isLoadBalancer(service) || service.ingress.length > 0 || recordedPool(service) !== undefined,
}

/** What a speaker may announce. */
export const announcedServices: Source<Service> = { ...services, keeps: isLoadBalancer }

/** Those of services; slices that other controllers keep for themselves carry no service's name. */
export const endpointSlices: Source<EndpointSlice> = {
  what: "endpoint slices",
  path: paths.endpointSlices,
  query: { labelSelector: "kubernetes.io/service-name" },
  decode: decodeEndpointSlice,
}

export const nodes: Source<Node> = { what: "nodes", path: paths.nodes, decode: decodeNode }

export const namespaces: Source<Namespace> = { what: "namespaces", path: paths.namespaces, decode: decodeNamespace }

export const pools = (namespace: string): Source<PoolResource> => ({
  what: "IPAddressPools",
  path: paths.pools(namespace),
  decode: decodePool,
})

export const l2Advertisements = (namespace: string): Source<L2AdvertisementResource> => ({
  what: "L2Advertisements",
  path: paths.l2Advertisements(namespace),
  decode: decodeL2Advertisement,
})

export const bgpPeers = (namespace: string): Source<BgpPeerResource> => ({
  what: "BGPPeers",
  path: paths.bgpPeers(namespace),
  decode: decodeBgpPeer,
})

export const bgpAdvertisements = (namespace: string): Source<BgpAdvertisementResource> => ({
  what: "BGPAdvertisements",
  path: paths.bgpAdvertisements(namespace),
  decode: decodeBgpAdvertisement,
})

export const bfdProfiles = (namespace: string): Source<BfdProfileResource> => ({
  what: "BFDProfiles",
  path: paths.bfdProfiles(namespace),
  decode: decodeBfdProfile,
})

export const communities = (namespace: string): Source<CommunityResource> => ({
  what: "Communities",
  path: paths.communities(namespace),
  decode: decodeCommunity,
})

/** One Secret. Asked for by its name, so that a role may name the Secrets that it allows to be read. */
const oneSecret = <T>(namespace: string, name: string, decode: Source<T>["decode"]): Source<T> => ({
  what: `Secret ${name}`,
  path: paths.secrets(namespace),
  query: { fieldSelector: `metadata.name=${name}` },
  decode,
})

export const secretNamed = (namespace: string, name: string): Source<SecretFacts> =>
  oneSecret(namespace, name, readSecretFacts)

/** The one that all speakers share, with what is in it. */
export const memberSecret = (namespace: string, name: string): Source<MemberSecret> =>
  oneSecret(namespace, name, decodeMemberSecret)

/** The one ConfigMap of MetalLB before 0.13. */
export const legacyConfigMap = (namespace: string): Source<LegacyConfigMap> => ({
  what: "ConfigMap config",
  path: paths.configMaps(namespace),
  query: { fieldSelector: "metadata.name=config" },
  decode: decodeLegacyConfigMap,
})

/** What owners of new addresses found. */
export const conflictReports = (namespace: string): Source<ConflictReport> => ({
  what: "reports of conflicts",
  path: paths.serviceL2Statuses(namespace),
  query: { labelSelector: conflictLabel },
  decode: decodeConflict,
})

export const reservations = (namespace: string): Source<ReservationResource> => ({
  what: "AddressReservations",
  path: paths.reservations(namespace),
  decode: decodeReservation,
})

/** `labels`: a selector, --ml-labels. */
export const speakerPods = (namespace: string, labels: string): Source<SpeakerPod> => ({
  what: "speaker pods",
  path: paths.pods(namespace),
  query: { labelSelector: labels },
  decode: decodeSpeakerPod,
})
