import { writeArp } from "../arp/packet.ts"
import type { Address } from "../ip/address.ts"
import { writeNdp } from "../ndp/packet.ts"
import { isLinkLocal, multicastMac, solicitedNodeGroup, unspecified } from "./ipv6.ts"
import { broadcastMac, type Mac, zeroMac } from "./mac.ts"

/** The address to ask from: a link-local one for IPv6, which every interface that speaks it has. */
export const askerFor = (target: Address, own: readonly Address[]): Address | undefined =>
  own.find(({ family, value }) => family === target.family && (family === "IPv4" || isLinkLocal(value)))

/**
 * The frame that asks a link who has an address: an ARP request (RFC 826) or a neighbour solicitation (RFC 4861 section 7.2.2).
 * `from` is an address of the asking interface in the same family, so that whoever answers does so to it alone; without one
 * it is a probe (RFC 5227 section 2.1.1, RFC 4862 section 5.4.2). With `to`, the station that is expected to have the address, that one
 * alone is asked (RFC 1122 section 2.3.2.1, RFC 4861 section 7.3.3); a probe always goes to all.
 */
export const questionFor = (target: Address, mac: Mac, from: Address | undefined, to?: Mac): Uint8Array => {
  const own = from?.family === target.family ? from.value : undefined
  if (target.family === "IPv4") {
    const packet = {
      operation: "request",
      senderMac: mac,
      senderIp: Number(own ?? 0n),
      targetMac: zeroMac,
      targetIp: Number(target.value),
    } as const
    return writeArp({ destination: (own === undefined ? undefined : to) ?? broadcastMac, source: mac, packet })
  }
  const group = solicitedNodeGroup(target.value)
  const linkLayer = own === undefined ? undefined : mac
  const message = { kind: "solicitation", target: target.value, linkLayer } as const
  if (own !== undefined && to !== undefined)
    return writeNdp({ destination: to, source: mac, from: own, to: target.value, message })
  return writeNdp({ destination: multicastMac(group), source: mac, from: own ?? unspecified, to: group, message })
}
