import { formatAddress } from "../../ip/format.ts"
import { formatSelector } from "../../labels/format.ts"
import { matchesAny } from "../../labels/match.ts"
import type { LabelSelector, Service } from "../../model.ts"
import { formatCommunity } from "../bgp/community.ts"
import type { BgpPeer } from "../bgp/model.ts"
import type { Config } from "../model.ts"

export type AnnouncedAs = {
  readonly protocols: readonly ("bgp" | "layer2")[]
  /** One text for each advertisement that covers the service, without its name and without repeats; sorted. */
  readonly terms: readonly string[]
}

/** By which protocols and on which terms a service of a pool is announced. */
export const announcedAs = (service: Service, pool: string | undefined, config: Config): AnnouncedAs => {
  const covers = (one: { readonly pools: ReadonlySet<string>; readonly serviceSelectors: readonly LabelSelector[] }) =>
    pool !== undefined &&
    one.pools.has(pool) &&
    (one.serviceSelectors.length === 0 || matchesAny(one.serviceSelectors, service.labels))
  const layer2 = config.l2Advertisements.filter(covers)
  const bgp = config.bgp.advertisements.filter(covers)
  const terms = [
    ...layer2.map(one =>
      JSON.stringify([
        "layer2",
        textsOf(one.nodeSelectors),
        [...one.interfaces].sort(),
        one.preferredNodeSelectors.map(({ weight, preference }) => `${weight} ${formatSelector(preference)}`).sort(),
      ]),
    ),
    ...bgp.map(one =>
      JSON.stringify([
        "bgp",
        textsOf(one.nodeSelectors),
        one.peers,
        one.aggregationLength,
        one.aggregationLengthV6,
        one.localPref ?? 0,
        one.communities.map(formatCommunity),
      ]),
    ),
  ]
  return {
    protocols: [...(bgp.length > 0 ? ["bgp" as const] : []), ...(layer2.length > 0 ? ["layer2" as const] : [])],
    terms: [...new Set(terms)].sort(),
  }
}

/** Every BGP session as one text without its name and without its password, sorted. */
export const sessionsOf = ({ bgp }: Config): readonly string[] => bgp.peers.map(sessionOf).sort()

const sessionOf = (peer: BgpPeer): string => {
  const { endpoint, timers, remote } = peer
  const at = endpoint.kind === "address" ? formatAddress(endpoint.address) : endpoint.name
  const details = [
    `port ${peer.port}`,
    `AS ${peer.myASN} to ${remote.kind === "as" ? remote.asn : remote.kind}`,
    `hold ${timers.holdTime ?? "unset"}`,
    `keepalive ${timers.keepaliveTime ?? "unset"}`,
    `source ${peer.sourceAddress === undefined ? "any" : formatAddress(peer.sourceAddress)}`,
    `router ID ${peer.routerID === undefined ? "any" : formatAddress(peer.routerID)}`,
    `password ${peer.password.from === "nothing" ? "no" : "yes"}`,
    `BFD ${peer.bfdProfile === undefined ? "no" : "yes"}`,
    `multihop ${peer.ebgpMultiHop ? "yes" : "no"}`,
    `nodes ${textsOf(peer.nodeSelectors).join(" or ") || "all"}`,
  ]
  return `peer ${at} (${details.join(", ")})`
}

const textsOf = (selectors: readonly LabelSelector[]): readonly string[] => selectors.map(formatSelector).sort()
