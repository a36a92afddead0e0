import { respond } from "../core/arp/responder.ts"
import { arpFilter } from "../core/bpf/arp-filter.ts"
import { ndpFilter } from "../core/bpf/ndp-filter.ts"
import type { Program } from "../core/bpf/program.ts"
import type { Address } from "../core/ip/address.ts"
import type { IpFamily } from "../core/model.ts"
import { respondNdp } from "../core/ndp/responder.ts"
import { etherTypeArp, etherTypeIpv6 } from "../core/net/ethernet.ts"
import { solicitedNodeGroup } from "../core/net/ipv6.ts"
import type { Mac } from "../core/net/mac.ts"
import type { Response, Whereabouts } from "../core/net/response.ts"

/** How one family asks for addresses and is answered. */
export type Sense = {
  readonly protocol: "ARP" | "NDP"
  readonly etherType: number
  /** Bytes of a frame that are looked at. */
  readonly frameMax: number
  readonly filter: (targets: readonly Address[]) => Program
  readonly respond: (bytes: Uint8Array, at: Place) => Response
  /** The multicast groups that questions for these addresses are sent to. */
  readonly groups: (targets: readonly Address[]) => ReadonlySet<bigint>
}

/** Where a frame came in, and what is announced there. */
export type Place = {
  readonly interface: string
  readonly mac: Mac
  readonly announces: (value: bigint) => Whereabouts
  readonly inStead: (value: bigint) => Mac | undefined
}

export const senses: Readonly<Record<IpFamily, Sense>> = {
  IPv4: {
    protocol: "ARP",
    etherType: etherTypeArp,
    // A packet takes 42 bytes, 60 with padding.
    frameMax: 256,
    filter: arpFilter,
    respond: (bytes, at) => {
      const of = {
        announces: (ip: number) => at.announces(BigInt(ip)),
        inStead: (ip: number) => at.inStead(BigInt(ip)),
      }
      return respond(bytes, { ...at, ...of })
    },
    groups: () => new Set(),
  },
  IPv6: {
    protocol: "NDP",
    etherType: etherTypeIpv6,
    // A message takes 86 bytes and as many options as fit into a packet.
    frameMax: 2048,
    filter: ndpFilter,
    respond: respondNdp,
    groups: targets => new Set(targets.map(({ value }) => solicitedNodeGroup(value))),
  },
}
