import type { AddressRange } from "../ip/address.ts"
import type { LabelSelector } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { BgpConfig, BrokenBgp } from "./bgp/model.ts"

/** Where a pool or advertisement was written. */
export type ConfigSource = "resource" | "legacy"

/** A pool that passed every check, ready for decisions. */
export type Pool = {
  readonly name: string
  readonly source: ConfigSource
  /** As written, for people. */
  readonly written: readonly string[]
  /** In the order written; none overlaps another range of any pool. */
  readonly ranges: readonly AddressRange[]
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  /** Gives no new address; what services hold stays theirs. */
  readonly drain?: boolean
  /** Which free address is given first; absent: the lowest. */
  readonly order?: AllocationOrder
  /**
   * How is asked whether another machine has an address, before its first announcement. Absent: on the links that it is
   * announced on. "icmp": by an echo request too, where no link has it. "none": not at all.
   */
  readonly conflictCheck?: "icmp" | "none"
  /** Only for pools of the ConfigMap. "bgp" gives out addresses that no L2Advertisement covers unless one names the pool. */
  readonly protocol?: "layer2" | "bgp"
  /** undefined: open to every service. */
  readonly restriction: PoolRestriction | undefined
}

export type AllocationOrder =
  /** A place that depends on the service alone, and the next free one behind it. */
  | { readonly kind: "random" }
  /**
   * The address that was given back longest ago, and not before `cooling` milliseconds have passed since (0 to 7 days);
   * `written` is the same for people.
   */
  | { readonly kind: "least-recently-used"; readonly cooling: number; readonly written: string }

export type PoolRestriction = {
  /** 0 is the lowest priority; among positive numbers the lower wins. */
  readonly priority: number
  /** Names allowed, resolved from names and selectors; undefined: no restriction by namespace. */
  readonly namespaces: ReadonlySet<string> | undefined
  /** One must match the service's labels; empty: no restriction by label. */
  readonly serviceSelectors: readonly LabelSelector[]
}

/** A layer 2 advertisement with its pools resolved. */
export type L2Advertisement = {
  readonly name: string
  readonly source: ConfigSource
  readonly pools: ReadonlySet<string>
  /** OR of selectors; empty: every node. */
  readonly nodeSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
  /** Empty: every interface. */
  readonly interfaces: readonly string[]
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: LabelSelector }[]
}

/** The judged configuration. Lists are sorted by name, so equal input gives an equal value. */
export type Config = {
  readonly pools: readonly Pool[]
  readonly l2Advertisements: readonly L2Advertisement[]
  readonly bgp: BgpConfig
}

/**
 * One thing wrong with one field of one object. An error leaves the object (or the entry) out of the Config and the rest is
 * used; a warning says what is used in another way than it reads.
 */
export type Problem = {
  readonly severity: "error" | "warning"
  readonly reason: ReasonCode
  /** "ipaddresspool/public", "configmap/config". */
  readonly object: string
  /** Path of the field: "spec.addresses[2]"; for the ConfigMap "line 4, column 7". */
  readonly field: string
  /** What is wrong and what is allowed, without object and field: `problemText` puts them before it. */
  readonly message: string
  readonly facts: Facts
  /** MetalLB's own words for it, where scripts compare ConfigurationState with them; without object and field. */
  readonly summary?: string
}

/**
 * What the written configuration amounts to. An object that is absent was taken away on purpose; one that is present and
 * cannot be used says nothing, so it never clears or withdraws an address. Its last valid version stays in the Config
 * where the caller knows it and nothing else has taken its addresses; all others are named here.
 */
export type ConfigVerdict = {
  readonly config: Config
  readonly problems: readonly Problem[]
  /** Pools that exist, cannot be used, and have no valid version to stand in; sorted. */
  readonly brokenPools: readonly string[]
  /** L2Advertisements for which the same holds; sorted. */
  readonly brokenAdvertisements: readonly string[]
  /** BGPPeers and BGPAdvertisements for which the same holds. */
  readonly brokenBgp: BrokenBgp
  /** The ConfigMap exists, and which pools it means to define cannot be told. */
  readonly legacyBroken: boolean
  /** Kinds that were not read: what is not known of them may exist; sorted. */
  readonly unread: readonly UnreadKind[]
}

/** Kinds that have a say in every address. */
export type UnreadKind = "IPAddressPools" | "L2Advertisements"

/**
 * Whether an address outside every pool of the Config was given up on purpose. While this is false it may belong to a pool
 * that cannot be read at the moment: it stays assigned and announced.
 */
export const knowsEveryPool = (verdict: ConfigVerdict): boolean =>
  verdict.brokenPools.length === 0 && !verdict.legacyBroken && !verdict.unread.includes("IPAddressPools")
