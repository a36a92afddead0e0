import { allNodes, multicastMac } from "../net/ipv6.ts"
import type { Mac } from "../net/mac.ts"
import type { NdpFrame } from "./packet.ts"

/**
 * What every advertisement of ours has in common.
 *
 * Source: the VIP itself. RFC 4861 section 4.4 wants an address of the interface, and a VIP is one as far as the link can see; strict
 * clients (ndisc6) take an advertisement only from its target.
 *
 * Router: 0. Routers are known by their link-local addresses, so nobody has a VIP as a router, and one who did must stop.
 *
 * Override: 1, also in solicited answers, where MetalLB has 0. RFC 4861 section 7.2.4 wants 0 for anycast and proxied addresses only, and a
 * VIP is neither: it has one owner. It matters after a fail-over that a client slept through: with 0 it would throw
 * the new owner's answer away and keep asking the dead one (section 7.2.5 step I), with 1 it is corrected by the first answer.
 *
 * In another's name (`at` is that one's MAC) the bit is 0, as section 7.2.8 wants of a proxy: what the owner says itself counts more, and an
 * entry that a client has is not touched.
 */
const advertisement = (target: bigint, mac: Mac, at: Mac | undefined, solicited: boolean) => {
  const override = at === undefined
  return { kind: "advertisement", target, router: false, solicited, override, linkLayer: at ?? mac } as const
}

/** Answers one station: solicited, to its address (RFC 4861 section 7.2.4). */
export const answerTo = (asker: bigint, askerMac: Mac, target: bigint, mac: Mac, at?: Mac): NdpFrame => ({
  destination: askerMac,
  source: mac,
  from: target,
  to: asker,
  message: advertisement(target, mac, at, true),
})

/**
 * Tells everybody, without having been asked (RFC 4861 section 7.2.6) or because whoever asked has no address yet: somebody who
 * probes for the VIP must hear that it is taken (RFC 4862 section 5.4.3). Not solicited, since it answers nobody in particular.
 */
export const tellAll = (target: bigint, mac: Mac, at?: Mac): NdpFrame => ({
  destination: multicastMac(allNodes),
  source: mac,
  from: target,
  to: allNodes,
  message: advertisement(target, mac, at, false),
})
