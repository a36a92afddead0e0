import { type Address, compareAddresses } from "../ip/address.ts"
import { cidrRange, compareRanges, formatRange } from "../ip/range.ts"
import type { LinkId } from "./peer.ts"

/** An address that an interface has, with the length of its prefix. */
export type Assigned = { readonly address: Address; readonly length: number }

/**
 * The name of the link behind an interface: its lowest subnet, IPv4 before IPv6, without link-local ones (169.254.0.0/16,
 * fe80::/10: every link has those), host routes and loopback. Undefined where nothing remains: no heartbeats then.
 */
export const linkOf = (
  assigned: readonly Assigned[],
): { readonly link: LinkId; readonly address: Address } | undefined => {
  const usable = assigned
    .filter(({ address, length }) => length < (address.family === "IPv4" ? 32 : 128) && !isLocal(address))
    .map(({ address, length }) => ({ address, subnet: cidrRange(address, length) }))
    .sort((a, b) => compareRanges(a.subnet, b.subnet) || compareAddresses(a.address, b.address))
  const lowest = usable[0]
  return lowest && { link: formatRange(lowest.subnet), address: lowest.address }
}

const isLocal = ({ family, value }: Address): boolean =>
  family === "IPv4" ? value >> 16n === 0xa9fen || value >> 24n === 127n : value >> 118n === 0x3fan || value === 1n
