import type { Problem } from "../config/model.ts"
import type { IpFamily, ObjectKey } from "../model.ts"
import type { Facts, Step } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { SnapshotPart } from "../snapshot.ts"

/** Data for `why-ip`: every sentence a person reads is printed from these values, none of them is a rendered text. */

/**
 * How the service stands. "assigned": it carries addresses that stay. "pending": ours, and it has none. "not-served":
 * not a load balancer service of this installation. "changing": the controller is about to take its address or give
 * another. "unknown": a part that the answer needs could not be read.
 */
export type WhyState = "assigned" | "pending" | "not-served" | "changing" | "unknown"

export type WhyReport = {
  readonly schema: 1
  readonly service: ObjectKey
  readonly state: WhyState
  /** Why it stands so; the same code that the agent puts into its event. */
  readonly reason: ReasonCode
  readonly facts: Facts
  /** As in status.loadBalancer.ingress; for "changing" what it carries now. */
  readonly addresses: readonly string[]
  /** What the controller would write next; equal to `addresses` unless "changing", empty while pending. */
  readonly nextAddresses: readonly string[]
  readonly pool: string | undefined
  /** Milliseconds since the epoch; creation of the service, undefined unless pending. */
  readonly pendingSince: number | undefined
  readonly asked: Asked
  /** In the order in which pools are tried. */
  readonly pools: readonly PoolRow[]
  /** Addresses looked at inside the pool that was chosen, ascending; at most four below each chosen one. */
  readonly lookedAt: readonly AddressRow[]
  /** Addresses with one owner are one entry, so there is nearly always one; empty without addresses. */
  readonly announcements: readonly AnnouncementReport[]
  /** Who tells routers; absent where BGP is not configured, or not meant for these addresses. */
  readonly bgp?: BgpReport
  /** Least change first. */
  readonly waysOut: readonly WayOut[]
  readonly unknown: readonly UnknownPart[]
  /** Faults of the configuration that bear on this answer. */
  readonly problems: readonly Problem[]
  readonly basedOn: BasedOn
}

/** What the service asks for, for people; undefined where it does not ask. */
export type Asked = {
  readonly families: readonly IpFamily[]
  readonly policy: string
  readonly pool: string | undefined
  readonly addresses: readonly string[]
  readonly sharingKey: string | undefined
}

export type PoolRow = {
  readonly pool: string
  readonly verdict: "chosen" | "eligible" | "rejected" | "not-tried"
  readonly reason: ReasonCode
  readonly facts: Facts
  /** Addresses nobody holds, by family that the pool has; counts beyond 2^53 stay exact. */
  readonly free: readonly { readonly family: IpFamily; readonly size: bigint; readonly free: bigint }[]
}

export type AddressRow = {
  readonly address: string
  readonly verdict: "chosen" | "held"
  readonly reason: ReasonCode
  readonly facts: Facts
  /** Services that hold it, in total order (createdAt, key). */
  readonly holders: readonly ObjectKey[]
}

export type AnnouncementReport = {
  readonly addresses: readonly string[]
  /** undefined: nobody announces; then `reason` says why. */
  readonly owner: { readonly node: string; readonly interfaces: readonly string[] | "all" } | undefined
  readonly reason: ReasonCode
  readonly facts: Facts
  /** False where no node is known to be alive, so that the owner is only the first in order. */
  readonly certain: boolean
  /** By rank, then rejected nodes by name. */
  readonly nodes: readonly NodeRow[]
  /** Who takes over, in order, if the owner goes away. */
  readonly standby: readonly string[]
  /** Another service that shares the address and, being older, decides its owner. */
  readonly decidedBy: ObjectKey | undefined
}

export type NodeRow = {
  readonly node: string
  /** From 1; undefined where the node is rejected. */
  readonly rank: number | undefined
  readonly verdict: "chosen" | "eligible" | "rejected"
  readonly reason: ReasonCode
  readonly facts: Facts
}

export type BgpReport = {
  /** At least one node that is known to be alive tells a peer. */
  readonly advertised: boolean
  /** Why, of the first that does; else why nobody. */
  readonly reason: ReasonCode
  readonly facts: Facts
  /** By name. */
  readonly nodes: readonly BgpNodeRow[]
  /** What peers are told; rows that differ in nodes and peers alone are one. */
  readonly routes: readonly BgpRouteRow[]
}

export type BgpNodeRow = {
  readonly node: string
  readonly verdict: "chosen" | "rejected"
  readonly reason: ReasonCode
  readonly facts: Facts
  /** Names of the peers that are told, sorted. */
  readonly peers: readonly string[]
  /** Each advertisement of the pool and each peer that there is, with its reason. */
  readonly steps: readonly Step[]
}

export type BgpRouteRow = {
  /** "192.0.2.1/32". */
  readonly route: string
  /** Sorted, as the next. */
  readonly nodes: readonly string[]
  readonly peers: readonly string[]
  /** undefined: none is asked for. Sent to peers of the same AS alone. */
  readonly localPref: number | undefined
  /** "64512:100", "large:64512:1:2". */
  readonly communities: readonly string[]
  readonly med: number | undefined
  readonly prepend: number
  /** Bytes a second. */
  readonly linkBandwidth: number | undefined
}

export type WayOut = {
  /** Two or three words: "extend public". */
  readonly title: string
  /** To be typed one after the other; empty where only the note helps. */
  readonly commands: readonly string[]
  readonly note: string
}

/** A part that was not read, and what cannot be said because of it. */
export type UnknownPart = { readonly what: SnapshotPart; readonly why: string; readonly consequence: string }

export type BasedOn = {
  readonly serviceVersion: string
  readonly nodes: number
  readonly pools: number
  readonly advertisements: number
  /** Milliseconds since the epoch. */
  readonly readAt: number
}

/** The question asked the other way round: who has this address. */
export type AddressReport = {
  readonly schema: 1
  readonly address: string
  readonly state: "held" | "free" | "outside" | "unknown"
  readonly reason: ReasonCode
  readonly facts: Facts
  readonly pool: string | undefined
  /** In total order (createdAt, key). */
  readonly holders: readonly Holder[]
  /** One for each holder that this installation serves. */
  readonly services: readonly WhyReport[]
  readonly unknown: readonly UnknownPart[]
  readonly problems: readonly Problem[]
  readonly basedOn: BasedOn
}

export type Holder = {
  readonly service: ObjectKey
  /** False: the address was written by another load balancer. */
  readonly ours: boolean
  /** "TCP/80". */
  readonly ports: readonly string[]
  readonly sharingKey: string | undefined
}
