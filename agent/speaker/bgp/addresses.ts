import { type LocalAddresses, noAddresses } from "../../core/bgp/rib/hops.ts"
import { type Address, sameAddress } from "../../core/ip/address.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import { isLinkLocal } from "../../core/net/ipv6.ts"
import type { NetworkInterface } from "../../ports/interfaces.ts"

/** The first addresses of the interface that has this one: what routes can name as their next hop there. */
export const addressesBeside = (local: Address, interfaces: readonly NetworkInterface[]): LocalAddresses => {
  for (const { addresses } of interfaces) {
    const parsed = addresses.flatMap(({ address }) => parseAddress(address) ?? [])
    if (!parsed.some(address => sameAddress(address, local))) continue
    return {
      IPv4: parsed.find(({ family }) => family === "IPv4"),
      IPv6: parsed.find(({ family, value }) => family === "IPv6" && !isLinkLocal(value)),
    }
  }
  return noAddresses
}
