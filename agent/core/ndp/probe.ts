import { multicastMac, solicitedNodeGroup, unspecified } from "../net/ipv6.ts"
import type { Mac } from "../net/mac.ts"
import type { NdpFrame } from "./packet.ts"

/**
 * Asks whether anybody has an address, as one who has none yet: from the unspecified address to the address's own group, without a
 * link-layer address (RFC 4862 section 5.4.2, RFC 4861 section 4.3). Whoever has it answers before everybody.
 */
export const ndpProbe = (target: bigint, mac: Mac): NdpFrame => {
  const to = solicitedNodeGroup(target)
  const message = { kind: "solicitation", target, linkLayer: undefined } as const
  return { destination: multicastMac(to), source: mac, from: unspecified, to, message }
}
