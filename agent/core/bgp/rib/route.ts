import type { Cidr } from "../../ip/cidr.ts"
import type { LargeCommunity } from "../wire/attribute.ts"

/** A route that this node wants a peer to have. What depends on the session (next hop, AS path) is added when it is sent. */
export type Route = { readonly prefix: Cidr; readonly attributes: RouteAttributes }

/** Made by `routeAttributes` only, since the keys must fit. Numbers are 0..2^32-1 unless a comment says otherwise. */
export type RouteAttributes = AttributesAsked & {
  /** The same text for what an internal peer cannot tell apart; then for an external one. */
  readonly internalKey: string
  readonly externalKey: string
}

export type AttributesAsked = {
  /** Sent to internal peers only; undefined: 100, as routers take it by themselves. */
  readonly localPref: number | undefined
  /** RFC 1997, sorted, without repeats. */
  readonly communities: readonly number[]
  /** RFC 8092, sorted, without repeats. */
  readonly largeCommunities: readonly LargeCommunity[]
  readonly med: number | undefined
  /** How often more than once the own AS stands in the path, 0..64. External peers only. */
  readonly prepend: number
  /** Bytes a second, for peers that share traffic by it. */
  readonly linkBandwidth: number | undefined
}

export const plainAttributes: AttributesAsked = {
  localPref: undefined,
  communities: [],
  largeCommunities: [],
  med: undefined,
  prepend: 0,
  linkBandwidth: undefined,
}

export const routeAttributes = (asked: AttributesAsked): RouteAttributes => {
  const { localPref, communities, largeCommunities, med, prepend, linkBandwidth } = asked
  const large = largeCommunities.map(numbers => numbers.join(":")).join(",")
  const shared = `${communities.join(",")}|${large}|${med ?? ""}|${linkBandwidth ?? ""}`
  return {
    ...asked,
    internalKey: `${shared}|${localPref ?? defaultLocalPref}`,
    externalKey: `${shared}|${prepend}`,
  }
}

/** What routers take for a route of their own AS that says nothing (FRR, BIRD, Cisco and Juniper alike). */
export const defaultLocalPref = 100

/** Total order within a family: by address, then the shorter prefix. */
export const comparePrefixes = (a: Cidr, b: Cidr): number =>
  a.base.value < b.base.value ? -1 : a.base.value > b.base.value ? 1 : a.length - b.length
