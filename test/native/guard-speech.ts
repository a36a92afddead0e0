import { announcementOf } from "../../agent/core/announcer/frames.ts"
import { arpFilter } from "../../agent/core/bpf/arp-filter.ts"
import { ndpFilter } from "../../agent/core/bpf/ndp-filter.ts"
import type { Address } from "../../agent/core/ip/address.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { parseRange } from "../../agent/core/ip/range.ts"
import type { IpFamily } from "../../agent/core/model.ts"
import { multicastMac, solicitedNodeGroup } from "../../agent/core/net/ipv6.ts"
import { parseMac } from "../../agent/core/net/mac.ts"
import { questionFor } from "../../agent/core/net/question.ts"
import { senses } from "../../agent/speaker/senses.ts"

export const known = (text: string): Address => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

const lans: Readonly<Record<IpFamily, { readonly lan: string; readonly host: (number: number) => string }>> = {
  IPv4: { lan: "10.78.0.0/24", host: number => `10.78.0.${number}` },
  IPv6: { lan: "fd78::/64", host: number => `fd78::${number}` },
}

/** How the processes of guard-program.ts speak on their link: everything of one family. */
export const speechOf = (family: IpFamily) => {
  const { lan, host } = lans[family]
  const { etherType, frameMax, respond } = senses[family]
  const subnet = parseRange(lan)
  if (!subnet.ok) throw new Error(subnet.message)
  return {
    ...{ family, lan, host, etherType, frameMax, respond },
    subnet: subnet.range,
    filter: family === "IPv4" ? arpFilter("any") : ndpFilter("any"),
    /** What the packet socket has to let in for questions about the address. */
    groupOf: ({ value }: Address) => (family === "IPv4" ? undefined : multicastMac(solicitedNodeGroup(value))),
    question: (from: string, target: string, mac: Uint8Array, to?: string) =>
      questionFor(known(target), mac, known(from), parseMac(to ?? "")),
    announcement: (vip: string, mac: Uint8Array) => announcementOf(known(vip), mac),
  }
}
