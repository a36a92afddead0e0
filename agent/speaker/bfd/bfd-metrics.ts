import { parseAddress } from "../../core/ip/parse.ts"
import { isLinkLocal } from "../../core/net/ipv6.ts"
import type { Counter, Labels, Metrics } from "../../ports/metrics.ts"
import { sync } from "../synced-counter.ts"
import type { BfdCountsTold, BfdStatus } from "./status.ts"

/** MetalLB's names and labels (those of its FRR mode), read from the sessions whenever somebody asks. */
export const registerBfdMetrics = (
  metrics: Metrics,
  status: () => readonly BfdStatus[],
  strays: () => Readonly<Record<string, number>>,
): void => {
  const up = metrics.gauge("metallb_bfd_session_up", "1 where the BFD session is up.")
  const counters: readonly (readonly [keyof BfdCountsTold, Counter])[] = [
    ["received", metrics.counter("metallb_bfd_control_packet_input", "BFD control packets received.")],
    ["sent", metrics.counter("metallb_bfd_control_packet_output", "BFD control packets sent.")],
    ["echoesReturned", metrics.counter("metallb_bfd_echo_packet_input", "BFD echo packets that came back.")],
    ["echoesSent", metrics.counter("metallb_bfd_echo_packet_output", "BFD echo packets sent.")],
    ["ups", metrics.counter("metallb_bfd_session_up_events", "Times that the BFD session came up.")],
    ["downs", metrics.counter("metallb_bfd_session_down_events", "Times that the BFD session went down.")],
    // FRR tells its zebra; here BGP is told.
    ["told", metrics.counter("metallb_bfd_zebra_notifications", "Changes of the BFD session that BGP was told of.")],
  ]
  const refused = metrics.counter("metallb_bfd_refused_packets", "BFD packets dropped, by the rule that they broke.")
  const counter = sync(refused)
  const perSession = counters.map(([field, series]) => [field, sync(series)] as const)
  // BOUNDED by the sessions, each with the refusals that there are names for.
  let known = new Map<string, { readonly labels: Labels; readonly rules: readonly Labels[] }>()

  metrics.beforeText(() => {
    const now = new Map<string, { readonly labels: Labels; readonly rules: readonly Labels[] }>()
    for (const session of status()) {
      const labels = labelsOf(session)
      up.set(session.state === "Up" ? 1 : 0, labels)
      for (const [field, set] of perSession) set(labels, session.counts[field])
      const rules = Object.entries(session.refused).map(([rule, count]) => {
        const ruled = { ...labels, rule }
        counter(ruled, count)
        return ruled
      })
      now.set(`${labels["peer"]} ${labels["vrf"]}`, { labels, rules })
    }
    for (const [rule, count] of Object.entries(strays())) counter({ peer: "", vrf: "", rule }, count)
    for (const [key, { labels, rules }] of known) {
      if (now.has(key)) continue
      up.remove(labels)
      for (const [, set] of perSession) set(labels, undefined)
      for (const ruled of rules) counter(ruled, undefined)
    }
    known = now
  })
}

/** The peer as FRR's exporter writes it; a link-local one is told apart by its interface. */
const labelsOf = ({ peer, interface: link, vrf }: BfdStatus): Labels => ({
  peer: isLinkLocalText(peer) ? `${peer}%${link}` : peer,
  vrf: vrf === "" ? "default" : vrf,
})

const isLinkLocalText = (text: string): boolean => {
  const address = parseAddress(text)
  return address?.family === "IPv6" && isLinkLocal(address.value)
}
