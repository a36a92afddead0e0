import type { BgpPeer } from "../../config/bgp/model.ts"
import type { Cidr } from "../../ip/cidr.ts"
import type { ObjectKey } from "../../model.ts"
import { type AttributesAsked, comparePrefixes, type Route, routeAttributes } from "../rib/route.ts"
import { type Contribution, mergedAttributes } from "./contribution.ts"
import { leaving } from "./handover.ts"
import { reaches } from "./peers.ts"
import type { NodePolicy } from "./policy.ts"

/** What changed for one peer. */
export type RouteChanges = { readonly set: readonly Route[]; readonly gone: readonly Cidr[] }

/** What several services make of one prefix. */
type Place = { readonly prefix: Cidr; readonly makers: Map<ObjectKey, readonly Contribution[]> }

/**
 * The routes of this node towards each peer, put together from what each service contributes. A change of one service touches
 * its own prefixes alone, and a prefix stays as long as one service makes it. Made anew with the policy. BOUNDED by the services.
 */
export class RouteBoard {
  readonly #policy: NodePolicy
  readonly #places = new Map<string, Place>()
  readonly #byService = new Map<ObjectKey, readonly string[]>()
  /** By peer, then by prefix. */
  readonly #routes: ReadonlyMap<string, Map<string, Route>>

  constructor(policy: NodePolicy) {
    this.#policy = policy
    this.#routes = new Map(policy.peers.map(({ name }) => [name, new Map()]))
  }

  /** What a service contributes now, in the place of what it did; what that changes, by peer. Peers without a change are left out. */
  put(service: ObjectKey, contributions: readonly Contribution[]): ReadonlyMap<string, RouteChanges> {
    const now = grouped(contributions)
    const touched = new Map<string, Cidr>()
    for (const key of this.#byService.get(service) ?? []) {
      const place = this.#places.get(key)
      if (place === undefined) continue
      place.makers.delete(service)
      if (place.makers.size === 0) this.#places.delete(key)
      touched.set(key, place.prefix)
    }
    for (const [key, { prefix, made }] of now) {
      const place = this.#places.get(key) ?? { prefix, makers: new Map() }
      place.makers.set(service, made)
      this.#places.set(key, place)
      touched.set(key, prefix)
    }
    if (now.size === 0) this.#byService.delete(service)
    else this.#byService.set(service, [...now.keys()])
    return this.#changes(touched)
  }

  /** Whether a service other than this one makes the route, given as text. */
  isMadeBeside(service: ObjectKey, route: string): boolean {
    const makers = this.#places.get(route)?.makers
    return makers !== undefined && (makers.size > 1 || (makers.size === 1 && !makers.has(service)))
  }

  /** By family, then by prefix; empty for a peer that is not this node's. */
  routesOf(peer: string): readonly Route[] {
    return [...(this.#routes.get(peer)?.values() ?? [])].sort(byPrefix)
  }

  #changes(touched: ReadonlyMap<string, Cidr>): ReadonlyMap<string, RouteChanges> {
    const changes = new Map<string, RouteChanges>()
    for (const peer of this.#policy.peers) {
      const routes = this.#routes.get(peer.name)
      if (routes === undefined) continue
      const set: Route[] = []
      const gone: Cidr[] = []
      for (const [key, prefix] of touched) {
        const before = routes.get(key)
        const attributes = this.#attributesFor(peer, key)
        if (attributes === undefined) {
          if (routes.delete(key)) gone.push(prefix)
          continue
        }
        const route = { prefix, attributes: routeAttributes(attributes) }
        if (before !== undefined && sameRoute(before, route)) continue
        routes.set(key, route)
        set.push(route)
      }
      if (set.length > 0 || gone.length > 0) changes.set(peer.name, { set, gone })
    }
    return changes
  }

  /** Undefined where nothing makes the route for this peer. */
  #attributesFor(peer: BgpPeer, key: string): AttributesAsked | undefined {
    const makers = this.#places.get(key)?.makers
    if (makers === undefined) return undefined
    const meant: Contribution[] = []
    for (const made of makers.values()) for (const one of made) if (reaches(one, peer)) meant.push(one)
    if (meant.length === 0) return undefined
    const merged = mergedAttributes(meant)
    return this.#policy.handover.phase === "shutdown" ? leaving(merged) : merged
  }
}

const grouped = (
  contributions: readonly Contribution[],
): ReadonlyMap<string, { readonly prefix: Cidr; readonly made: Contribution[] }> => {
  const groups = new Map<string, { readonly prefix: Cidr; readonly made: Contribution[] }>()
  for (const contribution of contributions) {
    const { prefix, route } = contribution
    const group = groups.get(route)
    if (group === undefined) groups.set(route, { prefix, made: [contribution] })
    else group.made.push(contribution)
  }
  return groups
}

const sameRoute = ({ attributes: a }: Route, { attributes: b }: Route): boolean =>
  a.internalKey === b.internalKey && a.externalKey === b.externalKey

const byPrefix = ({ prefix: a }: Route, { prefix: b }: Route): number =>
  a.base.family === b.base.family ? comparePrefixes(a, b) : a.base.family === "IPv4" ? -1 : 1
