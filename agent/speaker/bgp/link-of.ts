import type { SessionSettings } from "../../core/bgp/session/settings.ts"
import { type Address, sameAddress } from "../../core/ip/address.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import { isLinkLocal } from "../../core/net/ipv6.ts"
import type { NetworkInterface } from "../../ports/interfaces.ts"

/**
 * The interface of a peer with a link-local address, which the API has no place to name, in the peer's VRF: the one that has the session's
 * source address, else the one that has an address by which the cluster knows the node, else the first that speaks IPv6. Undefined where
 * the address says where the peer is, and where no interface fits.
 */
export const linkOf = (
  { endpoint, sourceAddress, vrf }: SessionSettings,
  interfaces: readonly NetworkInterface[],
  nodeAddresses: readonly string[],
): string | undefined => {
  if (endpoint.kind === "interface" || !isLocal(endpoint.address)) return undefined
  const masterName = (index: number | undefined) => interfaces.find(one => one.index === index)?.name ?? ""
  const able = interfaces
    .filter(({ up, loopback, master }) => up && !loopback && masterName(master) === vrf)
    .map(({ name, addresses }) => ({
      name,
      addresses: addresses.flatMap(({ address }) => parseAddress(address) ?? []),
    }))
    .filter(({ addresses }) => addresses.some(isLocal))
  const having = (wanted: readonly Address[]) =>
    able.find(({ addresses }) => addresses.some(one => wanted.some(other => sameAddress(one, other))))
  if (sourceAddress !== undefined) return having([sourceAddress])?.name
  return (having(nodeAddresses.flatMap(text => parseAddress(text) ?? [])) ?? able[0])?.name
}

const isLocal = ({ family, value }: Address): boolean => family === "IPv6" && isLinkLocal(value)
