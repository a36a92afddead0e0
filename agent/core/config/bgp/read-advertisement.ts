import type { BgpAdvertisementResource } from "../../model-bgp.ts"
import type { ConfigSource } from "../model.ts"
import type { Problems } from "../problem.ts"
import type { KnownPools } from "../resolve-pools.ts"
import { resolvePools } from "../resolve-pools.ts"
import { checkRepeats, checkSelectors } from "../selectors.ts"
import { compareCommunities, parseCommunity } from "./community.ts"
import type { BgpAdvertisement, BgpCommunity } from "./model.ts"
import { checkNumber } from "./numbers.ts"

/** What the names in an advertisement can mean. */
export type AdvertisementNames = {
  readonly pools: KnownPools
  readonly communities: ReadonlyMap<string, BgpCommunity>
  /** Whether these are all aliases that exist: false where Communities were not read. */
  readonly communitiesRead: boolean
  /** BGPPeers that exist, usable or not; undefined where they were not read. */
  readonly peers: ReadonlySet<string> | undefined
}

/** Judges one BGPAdvertisement by itself and resolves its names; undefined where it cannot be used, or has been found unreadable before. */
export const readBgpAdvertisement = (
  resource: BgpAdvertisementResource,
  source: ConfigSource,
  names: AdvertisementNames,
  problems: Problems,
): BgpAdvertisement | undefined => {
  if (problems.broken) return undefined
  for (const { field, message } of resource.malformed ?? []) problems.error("ML201", field, message)
  const { aggregationLength, aggregationLengthV6, localPref, serviceSelectors } = resource
  const { med, asPathPrepend = 0, bandwidthPerEndpoint } = resource
  checkNumber("spec.aggregationLength", aggregationLength, 1, 32, problems)
  checkNumber("spec.aggregationLengthV6", aggregationLengthV6, 0, 128, problems)
  if (localPref !== undefined) checkNumber("spec.localPref", localPref, 0, 4294967295, problems)
  if (med !== undefined) checkNumber("spec.med", med, 0, 4294967295, problems)
  checkNumber("spec.asPathPrepend", asPathPrepend, 0, 10, problems)
  if (bandwidthPerEndpoint !== undefined) {
    checkNumber("spec.bandwidthPerEndpoint", bandwidthPerEndpoint, 1, 1_000_000, problems)
  }
  if (serviceSelectors.length > 0 && (aggregationLength !== 32 || aggregationLengthV6 !== 128)) {
    const message =
      "serviceSelectors and aggregationLength are mutually exclusive, since an aggregate covers every service in it"
    problems.error("ML262", "spec.serviceSelectors", message)
  }
  checkRepeats("spec.ipAddressPools", resource.ipAddressPools, problems)
  checkRepeats("spec.peers", resource.peers, problems)
  checkRepeats("spec.communities", resource.communities, problems)
  checkSelectors("spec.ipAddressPoolSelectors", resource.ipAddressPoolSelectors, problems)
  checkSelectors("spec.nodeSelectors", resource.nodeSelectors, problems)
  checkSelectors("spec.serviceSelectors", serviceSelectors, problems)
  for (const [index, peer] of resource.peers.entries()) {
    if (names.peers === undefined || names.peers.has(peer)) continue
    problems.warning("ML266", `spec.peers[${index}]`, `there is no BGPPeer "${peer}"`, { peer })
  }
  const communities = readNames(resource, names, problems)
  const pools = resolvePools(resource, names.pools, problems)
  if (problems.broken) return undefined
  return {
    name: resource.name,
    source,
    pools,
    hostRoutesOnly: new Set(),
    aggregationLength,
    aggregationLengthV6,
    localPref,
    communities,
    med,
    asPathPrepend,
    bandwidthPerEndpoint,
    nodeSelectors: resource.nodeSelectors,
    serviceSelectors,
    peers: [...new Set(resource.peers)].sort(),
  }
}

/** Aliases and literal communities; an alias is looked up first, so that it may have the form of a community. */
const readNames = (
  { communities }: BgpAdvertisementResource,
  { communities: aliases, communitiesRead }: AdvertisementNames,
  problems: Problems,
): readonly BgpCommunity[] => {
  const found: BgpCommunity[] = []
  for (const [index, text] of communities.entries()) {
    const field = `spec.communities[${index}]`
    const alias = aliases.get(text)
    const parsed = alias === undefined ? parseCommunity(text) : undefined
    if (alias !== undefined) found.push(alias)
    else if (parsed?.ok === true) found.push(parsed.community)
    else if (parsed?.shape === true) problems.error("ML265", field, parsed.message, { community: text.slice(0, 64) })
    else if (!communitiesRead) {
      const message = `the meaning of the alias "${text.slice(0, 64)}" is not known: Communities were not read`
      problems.error("ML270", field, message, { community: text.slice(0, 64) })
    } else {
      const message = `no Community defines the alias "${text.slice(0, 64)}", and it is not a community itself`
      const summary = `invalid community format: ${text}\ninvalid community "${text}" in BGP advertisement`
      problems.error("ML264", field, message, { community: text.slice(0, 64) }, summary)
    }
  }
  const sorted = found.sort(compareCommunities)
  return sorted.filter((community, index) => {
    const before = sorted[index - 1]
    return before === undefined || compareCommunities(before, community) !== 0
  })
}
