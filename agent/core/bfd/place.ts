import type { BfdProfile } from "../config/bgp/model.ts"
import { type Address, bitsOf, sameAddress } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { cidrRange, rangeContains } from "../ip/range.ts"
import { isLinkLocal } from "../net/ipv6.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Path } from "./demultiplex.ts"

/** A session that a client wants; clients that want the same path share one session (RFC 5882 section 4.4). */
export type BfdWanted = {
  /** Of the client: a BGPPeer. */
  readonly name: string
  readonly peer: Address
  /** Needed for a link-local peer; undefined: the interface whose network the peer is in. */
  readonly interface: string | undefined
  /** undefined: the address of that network, and over several hops the one that the kernel takes. */
  readonly local: Address | undefined
  /** "" is the default. Where an interface is named the path follows from that. */
  readonly vrf: string
  readonly multihop: boolean
  readonly profile: BfdProfile
}

/** An interface of this node as far as BFD cares. */
export type BfdLink = {
  readonly index: number
  readonly name: string
  /** The VRF or bridge that it is part of; "" for none. */
  readonly vrf: string
  readonly addresses: readonly { readonly address: Address; readonly prefixLength: number }[]
}

/** Where a session runs. `local` is 0.0.0.0 or :: where the kernel chooses. */
export type Place = {
  readonly path: Path
  readonly local: Address
  /** "" over several hops. */
  readonly interfaceName: string
}

export type Placed =
  | { readonly ok: true; readonly place: Place }
  | { readonly ok: false; readonly reason: ReasonCode; readonly facts: Facts }

/**
 * Which interface and address of ours is the session to use (RFC 5881 section 6)? Of several networks that contain the peer
 * the narrowest is taken, of equal ones the interface with the lowest number, on it the first address.
 */
export const placeOf = (wanted: BfdWanted, all: readonly BfdLink[]): Placed => {
  const { peer, local, vrf } = wanted
  const links = all.filter(link => link.name === wanted.interface || isIn(vrf, link))
  if (local !== undefined && !links.some(link => hasAddress(link, local))) return missing("ML498", wanted)
  if (wanted.multihop) {
    const device = all.find(({ name }) => vrf !== "" && name === vrf)?.index
    if (vrf !== "" && device === undefined) return missing("ML479", wanted)
    const path = { hops: "multi", peer, local, minimumTtl: wanted.profile.minimumTtl, vrf, device } as const
    return { ok: true, place: { path, local: local ?? { family: peer.family, value: 0n }, interfaceName: "" } }
  }
  const found = wanted.interface === undefined ? neighbour(links, peer) : onLink(links, wanted.interface, peer)
  if (found === undefined) return missing("ML489", wanted)
  const { link, address } = found
  const path = { hops: "single", peer, interfaceIndex: link.index } as const
  return { ok: true, place: { path, local: local ?? address, interfaceName: link.name } }
}

/** Two VRFs may have the same networks. The VRF's own device has addresses of it, as a loopback has. */
const isIn = (vrf: string, link: BfdLink): boolean => link.vrf === vrf || (vrf !== "" && link.name === vrf)

const isLinkLocalPeer = ({ family, value }: Address): boolean => family === "IPv6" && isLinkLocal(value)

const hasAddress = (link: BfdLink, wanted: Address): boolean =>
  link.addresses.some(({ address }) => sameAddress(address, wanted))

type Found = { readonly link: BfdLink; readonly address: Address; readonly prefixLength: number }

const neighbour = (links: readonly BfdLink[], peer: Address): Found | undefined =>
  isLinkLocalPeer(peer)
    ? undefined
    : links
        .flatMap(link => nearest(link, peer) ?? [])
        .sort((a, b) => b.prefixLength - a.prefixLength || a.link.index - b.link.index)[0]

/** Where a client names the interface, the peer may be in none of its networks, as on an unnumbered link. */
const onLink = (links: readonly BfdLink[], name: string, peer: Address): Found | undefined => {
  const link = links.find(candidate => candidate.name === name)
  if (link === undefined) return undefined
  const own = link.addresses.find(({ address }) => address.family === peer.family)
  return nearest(link, peer) ?? (own === undefined || isLinkLocalPeer(peer) ? undefined : { link, ...own })
}

/** The first of the narrowest addresses on the link whose network contains the peer. */
const nearest = (link: BfdLink, peer: Address): Found | undefined =>
  link.addresses
    .filter(
      ({ address, prefixLength }) =>
        address.family === peer.family &&
        // A network of one address has no neighbours.
        prefixLength < bitsOf(peer.family) &&
        rangeContains(cidrRange(address, prefixLength), peer),
    )
    .map(({ address, prefixLength }) => ({ link, address, prefixLength }))
    .sort((a, b) => b.prefixLength - a.prefixLength)[0]

const missing = (reason: ReasonCode, { name, peer, local, interface: link, vrf }: BfdWanted): Placed => ({
  ok: false,
  reason,
  facts: {
    name,
    peer: formatAddress(peer),
    ...(local === undefined ? {} : { local: formatAddress(local) }),
    ...(link === undefined ? {} : { interface: link }),
    ...(vrf === "" ? {} : { vrf }),
  },
})
