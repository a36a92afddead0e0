import { routeOf } from "../../config/bgp/aggregation.ts"
import type { BgpAdvertisement } from "../../config/bgp/model.ts"
import type { Address } from "../../ip/address.ts"
import { type Cidr, formatCidr } from "../../ip/cidr.ts"
import type { ObjectKey } from "../../model.ts"
import type { AttributesAsked } from "../rib/route.ts"
import type { LargeCommunity } from "../wire/attribute.ts"

/** What one advertisement makes of one address of a service. Several may make the same route. */
export type Contribution = {
  readonly service: ObjectKey
  readonly advertisement: string
  readonly prefix: Cidr
  /** The prefix as text: the same for the same route. */
  readonly route: string
  /** Names of the peers that get it; empty: all. */
  readonly peers: readonly string[]
  readonly attributes: AttributesAsked
}

/** `endpoints`: how many on this node can serve; undefined where it does not matter to the traffic of the service. */
export const contributionOf = (
  service: ObjectKey,
  advertisement: BgpAdvertisement,
  {
    pool,
    address,
    endpoints,
  }: { readonly pool: string; readonly address: Address; readonly endpoints: number | undefined },
): Contribution => {
  const prefix = routeOf(advertisement, pool, address)
  return {
    service,
    advertisement: advertisement.name,
    prefix,
    route: formatCidr(prefix),
    peers: advertisement.peers,
    attributes: attributesOf(advertisement, endpoints),
  }
}

const attributesOf = (
  { communities, localPref, med, asPathPrepend, bandwidthPerEndpoint: megabits }: BgpAdvertisement,
  endpoints: number | undefined,
): AttributesAsked => ({
  localPref,
  communities: communities.flatMap(community => (community.kind === "standard" ? [community.value] : [])),
  largeCommunities: communities.flatMap(community => (community.kind === "large" ? [community.value] : [])),
  med,
  prepend: asPathPrepend,
  linkBandwidth: megabits === undefined || endpoints === undefined ? undefined : megabits * bytesPerMegabit * endpoints,
})

const bytesPerMegabit = 125_000

/**
 * The attributes of a route that several contributions make: all of their communities, the bandwidth of all services together, and
 * of what a route can have only one of, what the first says that says anything, by the names of advertisement and service.
 */
export const mergedAttributes = (contributions: readonly Contribution[]): AttributesAsked => {
  const [only, second] = contributions
  if (only !== undefined && second === undefined) return only.attributes
  const all = contributions.toSorted(byName).map(({ attributes }) => attributes)
  const first = <T>(pick: (attributes: AttributesAsked) => T | undefined): T | undefined => {
    for (const attributes of all) {
      const found = pick(attributes)
      if (found !== undefined) return found
    }
    return undefined
  }
  return {
    localPref: first(({ localPref }) => localPref),
    communities: [...new Set(all.flatMap(({ communities }) => communities))].sort((a, b) => a - b),
    largeCommunities: distinct(all.flatMap(({ largeCommunities }) => largeCommunities)),
    med: first(({ med }) => med),
    prepend: first(({ prepend }) => (prepend === 0 ? undefined : prepend)) ?? 0,
    linkBandwidth: totalBandwidth(contributions),
  }
}

/** What several advertisements say of one service is said of the same endpoints: the most of it counts once. */
const totalBandwidth = (contributions: readonly Contribution[]): number | undefined => {
  const byService = new Map<ObjectKey, number>()
  for (const { service, attributes } of contributions) {
    if (attributes.linkBandwidth === undefined) continue
    byService.set(service, Math.max(attributes.linkBandwidth, byService.get(service) ?? 0))
  }
  return byService.size === 0 ? undefined : [...byService.values()].reduce((sum, one) => sum + one, 0)
}

const distinct = (communities: readonly LargeCommunity[]): readonly LargeCommunity[] =>
  [...new Map(communities.map(numbers => [numbers.join(":"), numbers])).values()].sort(
    (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2],
  )

const byName = (a: Contribution, b: Contribution): number =>
  compare(a.advertisement, b.advertisement) || compare(a.service, b.service)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
