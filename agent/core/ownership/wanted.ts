import type { Crypto } from "../crypto.ts"
import type { LinkId, NodeName } from "../detector/peer.ts"
import type { Address, AddressRange } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { rangeContains } from "../ip/range.ts"
import { precedenceOf } from "./claim.ts"
import type { Wanted } from "./state.ts"

/** Who may announce one address, as the election says. */
export type Election = {
  readonly address: Address
  /** The address that the order is made from: the service's first, so that both families have one order. */
  readonly ordered: Address
  /** Best first. */
  readonly eligible: readonly {
    readonly node: NodeName
    readonly score: number
    /** Kubernetes calls it not ready, or it is cordoned. */
    readonly doubtful?: boolean
  }[]
}

/** A link that VIPs may be on. */
export type Domain = { readonly link: LinkId; readonly subnets: readonly AddressRange[] }

/** Those in whose subnet an address is, the one that it belongs to first: by name. */
export const domainsFor = <T extends Domain>(address: Address, domains: readonly T[]): readonly T[] =>
  domains
    .filter(({ subnets }) => subnets.some(subnet => rangeContains(subnet, address)))
    .sort((a, b) => (a.link < b.link ? -1 : 1))

/**
 * What the ownership is to see to. A VIP belongs to the link in whose subnet it is; one in no subnet (its clients come
 * through a router) belongs to the first link by name. Without a link nothing is wanted.
 */
export const wantedOf = (
  elections: readonly Election[],
  self: NodeName,
  domains: readonly Domain[],
  crypto: Crypto,
): readonly Wanted[] => {
  const first = domains.toSorted((a, b) => (a.link < b.link ? -1 : 1))[0]
  return elections.flatMap(({ address, ordered, eligible }) => {
    const link = (domainsFor(address, domains)[0] ?? first)?.link
    if (link === undefined) return []
    const score = eligible.find(({ node }) => node === self)?.score ?? 0
    const digest = crypto.sha256(`${self}#${formatAddress(ordered)}`)
    const ranking = eligible.map(({ node }) => node)
    const doubtful = eligible.filter(one => one.doubtful === true).map(({ node }) => node)
    return [{ vip: formatAddress(address), link, ranking, precedence: precedenceOf(score, digest), doubtful }]
  })
}
