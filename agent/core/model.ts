import type { Condition } from "./config/condition.ts"

/**
 * The cluster as this program sees it. Every type is a plain immutable value, pruned to what a decision reads, so that the
 * controller, the speaker and the plugin can hold the same thing and a snapshot can be written to a file and read back.
 * Field names follow the Kubernetes API. Lists keep the API's order unless a comment says otherwise.
 */

/** "namespace/name"; for cluster-scoped objects the name alone. */
export type ObjectKey = string

export type LabelMap = Readonly<Record<string, string>>

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
export type LabelSelector = {
  readonly matchLabels?: LabelMap
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

export type Meta = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** Milliseconds since the epoch; 0 where the object carries none. */
  readonly createdAt: number
  readonly labels: LabelMap
  readonly annotations: Readonly<Record<string, string>>
}

export type IpFamily = "IPv4" | "IPv6"

export type ServicePort = { readonly name: string; readonly protocol: string; readonly port: number }

/** One entry of status.loadBalancer.ingress; `ip` is absent where another controller wrote a host name. */
export type Ingress = { readonly ip?: string; readonly hostname?: string }

export type Service = Meta & {
  readonly type: string
  readonly loadBalancerClass: string | undefined
  readonly clusterIPs: readonly string[]
  readonly ipFamilies: readonly IpFamily[]
  readonly ipFamilyPolicy: string
  /** spec.loadBalancerIP, "" where unset. */
  readonly loadBalancerIP: string
  readonly externalTrafficPolicy: "Cluster" | "Local"
  readonly selector: LabelMap
  readonly ports: readonly ServicePort[]
  readonly ingress: readonly Ingress[]
  /** When status.loadBalancer was last written, by the API server's clock, in whole seconds; absent where it does not say. */
  readonly allocatedAt?: number
  /** Message of the condition metallb.io/AddressConflict; absent where it is not True. */
  readonly conflict?: string
  /** Message of the condition metallb.io/AddressAllocated; absent where it is not False. */
  readonly pending?: string
  /** status.conditions has some that are not ours. */
  readonly conditionsOfOthers?: true
  readonly deleting: boolean
}

/** One endpoint of an EndpointSlice, already reduced to whether it may receive traffic (ready, or serving while it ends). */
export type Endpoint = {
  readonly nodeName: string | undefined
  readonly canServe: boolean
  readonly addresses: number
  /** Of its addresses; a pod with both families is an endpoint of each. Absent where the slice does not say. */
  readonly family?: IpFamily
}

export type EndpointSlice = Meta & { readonly service: ObjectKey; readonly endpoints: readonly Endpoint[] }

export type Node = Meta & {
  /** True, false, or "unknown" when the condition is absent or Unknown. */
  readonly ready: boolean | "unknown"
  readonly networkUnavailable: boolean
  readonly unschedulable: boolean
  readonly addresses: readonly string[]
}

export type Namespace = Meta

/** A pod of the speaker's DaemonSet. */
export type SpeakerPod = Meta & {
  readonly nodeName: string
  readonly ready: boolean
  readonly ip: string
  /** The API was told to delete it, so that the DaemonSet makes another; absent where it was not. */
  readonly deleting?: true
}

/** A field that does not have the type which the API promises; `field` is its path from the object's root. */
export type Malformed = { readonly field: string; readonly message: string }

/** What objects of the configuration have in common. */
export type Configured = Meta & {
  /** Fields that could not be read; absent where all could. Such an object exists, but says nothing reliable. */
  readonly malformed?: readonly Malformed[]
  /** Counts the changes of the spec; 0 where the API does not say. */
  readonly generation: number
  /** The condition that the controller wrote; absent where there is none. */
  readonly told?: Condition
}

/** metallb.io/v1beta1 IPAddressPool, its spec as written (not yet judged). */
export type PoolResource = Configured & {
  readonly addresses: readonly string[]
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  /** Ours, not MetalLB's: no new address is given from the pool. Absent where the object does not say. */
  readonly drain?: boolean
  /** Ours too: "lowest", "random" or "least-recently-used". */
  readonly allocationOrder?: string
  /** Ours too: a duration as Go writes it. */
  readonly coolingTime?: string
  /** Ours too: "auto", "icmp" or "none". */
  readonly conflictCheck?: string
  /** What the controller wrote into status.quarantined; absent where that is empty. */
  readonly quarantined?: readonly QuarantineEntry[]
  /** The counters in its status; absent where one of them is missing. Above 2^53 a number is not exact. */
  readonly counted?: PoolCounts
  readonly serviceAllocation: ServiceAllocation | undefined
}

/** The counters of a pool's status, as read. */
export type PoolCounts = {
  readonly assignedIPv4: number
  readonly assignedIPv6: number
  readonly availableIPv4: number
  readonly availableIPv6: number
}

/** An address of a pool that another machine answers for, as written. */
export type QuarantineEntry = {
  readonly address: string
  /** As formatMac writes it; "" where none is known. */
  readonly mac: string
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly until: number
}

/** What the owner of a new address found: status.conflict of a ServiceL2Status that nobody announces by. */
export type ConflictReport = {
  /** Of the object. */
  readonly name: string
  readonly address: string
  readonly mac: string
  /** Where the answer came in, and on which node. */
  readonly interface: string
  readonly node: string
  readonly service: ObjectKey
  /** Since when the object has its condition, RFC 3339; absent where it has none. */
  readonly since?: string
}

/** metallb.io/v1beta1 AddressReservation: ours, not MetalLB's. */
export type ReservationResource = Meta & {
  /** Whose addresses are kept; the service need not exist. */
  readonly service: ObjectKey
  /** A duration as Go writes it; undefined where the object does not say, which is for ever. */
  readonly ttl: string | undefined
  /** What the controller wrote into status.addresses. */
  readonly kept: readonly string[]
  /** Milliseconds since the epoch; 0 while the service has them. */
  readonly awaySince: number
}

export type ServiceAllocation = {
  readonly priority: number
  readonly namespaces: readonly string[]
  readonly namespaceSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
}

/** metallb.io/v1beta1 L2Advertisement, its spec as written. */
export type L2AdvertisementResource = Configured & {
  readonly ipAddressPools: readonly string[]
  readonly ipAddressPoolSelectors: readonly LabelSelector[]
  readonly nodeSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
  readonly interfaces: readonly string[]
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: LabelSelector }[]
}

/** The ConfigMap `config` of MetalLB before 0.13; `text` is data.config, undefined where that key is missing. */
export type LegacyConfigMap = Meta & { readonly text: string | undefined }
