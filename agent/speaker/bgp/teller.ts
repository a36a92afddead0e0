import { phraseOf } from "../../core/sentence.ts"
import { configReference } from "../../object-reference.ts"
import type { EventRecorder } from "../../ports/kube/events.ts"
import type { Log, LogFields } from "../../ports/log.ts"
import type { Metrics } from "../../ports/metrics.ts"
import { registerBfdMetrics } from "../bfd/bfd-metrics.ts"
import type { Bgp, BgpListener } from "./bgp.ts"
import { registerBgpMetrics } from "./bgp-metrics.ts"

export type Teller = BgpListener & { readonly watch: (bgp: Bgp) => void }

export type TellerEdges = { readonly log: Log; readonly recorder: EventRecorder; readonly metrics: Metrics }

export type TellerOptions = {
  readonly namespace: string
  readonly nodeName: string
  readonly uidOf: (object: string) => string
}

/** Says in log, events and metrics what becomes of the sessions. */
export const createTeller = ({ log, recorder, metrics }: TellerEdges, options: TellerOptions): Teller => {
  const { namespace, nodeName, uidOf } = options
  const record = (peer: string, type: "Normal" | "Warning", reason: string, message: string) => {
    const object = `bgppeer/${peer}`
    const about = configReference(object, namespace, uidOf(object))
    if (about !== undefined) recorder.record({ about, type, reason, message: `${nodeName}: ${message}` })
  }
  return {
    changed: ({ from, to, reason, facts }, session) => {
      const { peer, asn, remote } = session.settings
      const why = phraseOf(reason, facts)
      const fields: LogFields = {
        event: to === "Established" ? "sessionUp" : from === "Established" ? "sessionDown" : "sessionChanged",
        localASN: asn,
        peer,
        peerASN: remote.kind === "as" ? remote.asn : remote.kind,
        reason,
        state: to,
        why,
      }
      if (to === from) return log.debug("BGP session in the same state for another reason", fields)
      if (to === "Established") {
        log.info("BGP session established", fields)
        record(peer, "Normal", "BGPSessionUp", why)
      } else if (from === "Established") {
        log.warn("BGP session down", fields)
        record(peer, "Warning", "BGPSessionDown", why)
      } else log.debug("BGP session changed its state", fields)
    },
    bfdChanged: ({ names, peer, from, to, failure, reason, facts }) => {
      const fields: LogFields = { from, peer, peers: names, reason, to, why: phraseOf(reason, facts) }
      if (failure) log.warn("BFD session down", fields)
      else log.info("BFD session changed its state", fields)
    },
    watch: bgp => {
      registerBgpMetrics(metrics, bgp)
      registerBfdMetrics(metrics, bgp.bfd, bgp.strays)
    },
  }
}
