import type { Address } from "../../ip/address.ts"
import type { IpFamily } from "../../model.ts"
import { isLinkLocal } from "../../net/ipv6.ts"

/** The addresses of this node that a peer can reach it by. */
export type LocalAddresses = {
  /** IPv4, and global or unique local IPv6; undefined where the interface towards the peer has none. */
  readonly IPv4: Address | undefined
  readonly IPv6: Address | undefined
}

export const noAddresses: LocalAddresses = { IPv4: undefined, IPv6: undefined }

/** Where packets for routes of a family are to go: this node. */
export type Hops = {
  readonly nextHop: Address
  readonly linkLocal: Address | undefined
  /** Whether the routes go into MP_REACH; if not, the next hop is the attribute NEXT_HOP (RFC 4271). */
  readonly multiprotocol: boolean
}

export type HopsAsked = {
  readonly family: IpFamily
  /** The own end of the TCP connection. */
  readonly local: Address
  readonly addresses: LocalAddresses
  /** RFC 8950 was agreed on for the family. */
  readonly extended: boolean
}

/**
 * The own address as next hop (RFC 4271 section 5.1.3): the connection's where it is of the family, else that of the interface. Routes
 * of IPv4 over IPv6 have an IPv6 next hop where the peer can (RFC 8950). A link-local address stands behind the global one,
 * or alone (RFC 2545 section 3). Undefined where there is none: the routes cannot be announced.
 */
export const hopsOf = ({ family, local, addresses, extended }: HopsAsked): Hops | undefined => {
  if (family === "IPv4") {
    if (local.family === "IPv4") return { nextHop: local, linkLocal: undefined, multiprotocol: false }
    if (extended) return overIPv6(local, addresses)
    const { IPv4 } = addresses
    return IPv4 === undefined ? undefined : { nextHop: IPv4, linkLocal: undefined, multiprotocol: false }
  }
  if (local.family === "IPv6") return overIPv6(local, addresses)
  const { IPv6 } = addresses
  return IPv6 === undefined ? undefined : { nextHop: IPv6, linkLocal: undefined, multiprotocol: true }
}

const overIPv6 = (local: Address, { IPv6 }: LocalAddresses): Hops => {
  if (!isLinkLocal(local.value)) return { nextHop: local, linkLocal: undefined, multiprotocol: true }
  if (IPv6 === undefined) return { nextHop: local, linkLocal: undefined, multiprotocol: true }
  return { nextHop: IPv6, linkLocal: local, multiprotocol: true }
}
