import type { IpFamily } from "../../model.ts"
import type { BgpAdvertisement } from "./model.ts"
import type { KnownNodes } from "./nodes.ts"
import { shareNode } from "./nodes.ts"

/**
 * Whether two advertisements of one pool (or service) would send a router the same route with different local preferences.
 * They do not where the preference is the same, the routes differ (another aggregation length in every family of the pool),
 * no peer gets both, or no node sends both.
 */
export const localPrefsConflict = (
  a: BgpAdvertisement,
  b: BgpAdvertisement,
  families: readonly IpFamily[],
  nodes: KnownNodes,
): boolean => {
  if ((a.localPref ?? 0) === (b.localPref ?? 0)) return false
  if (families.every(family => lengthOf(a, family) !== lengthOf(b, family))) return false
  if (a.peers.length > 0 && b.peers.length > 0 && !a.peers.some(peer => b.peers.includes(peer))) return false
  return shareNode(a.nodeSelectors, b.nodeSelectors, nodes)
}

const lengthOf = (advertisement: BgpAdvertisement, family: IpFamily): number =>
  family === "IPv4" ? advertisement.aggregationLength : advertisement.aggregationLengthV6
