import { type LocalAddresses, noAddresses } from "../../core/bgp/rib/hops.ts"
import { type Address, sameAddress } from "../../core/ip/address.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import { isLinkLocal } from "../../core/net/ipv6.ts"
import type { NetworkInterface } from "../../ports/interfaces.ts"

/** Where a session is, as far as that is known: the interface that it is bound to, else its VRF; "" is the default one. */
export type Whereabouts = { readonly device: string | undefined; readonly vrf: string }

/**
 * The first addresses of the interface that has this one: what routes can name as their next hop there. Several may have it: a link-local
 * address is the same on all VLANs of a card, and VRFs may have the same networks.
 */
export const addressesBeside = (
  local: Address,
  { device, vrf }: Whereabouts,
  interfaces: readonly NetworkInterface[],
): LocalAddresses => {
  for (const { addresses } of placesOf({ device, vrf }, interfaces)) {
    const parsed = addresses.flatMap(({ address }) => parseAddress(address) ?? [])
    if (!parsed.some(address => sameAddress(address, local))) continue
    return {
      IPv4: parsed.find(({ family }) => family === "IPv4"),
      IPv6: parsed.find(({ family, value }) => family === "IPv6" && !isLinkLocal(value)),
    }
  }
  return noAddresses
}

/** In the default VRF those that are part of nothing come first; whether the others are in a VRF or a bridge is not known. */
const placesOf = (
  { device, vrf }: Whereabouts,
  interfaces: readonly NetworkInterface[],
): readonly NetworkInterface[] => {
  if (device !== undefined) return interfaces.filter(({ name }) => name === device)
  if (vrf === "") return [...interfaces].sort((a, b) => Number(a.master !== undefined) - Number(b.master !== undefined))
  const index = interfaces.find(({ name }) => name === vrf)?.index
  return interfaces.filter(one => index !== undefined && (one.index === index || one.master === index))
}
