import type { AddressRange } from "../ip/address.ts"
import type { LabelSelector } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"

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
  /** undefined: open to every service. */
  readonly restriction: PoolRestriction | undefined
}

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
  readonly message: string
  readonly facts: Facts
}

export type ConfigVerdict = { readonly config: Config; readonly problems: readonly Problem[] }
