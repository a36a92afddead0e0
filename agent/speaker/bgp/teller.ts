import type { Explained } from "../../core/bgp/session/explain.ts"
import type { Session } from "../../core/bgp/session/session.ts"
import { formatCidr } from "../../core/ip/cidr.ts"
import type { ReasonCode } from "../../core/reasons.ts"
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

/** Routes of a malformed UPDATE that are written down one by one; the message beside them has all. */
const mostRoutes = 200

const outcomes = {
  discard: "attributes left out",
  withdraw: "routes treated as withdrawn",
  reset: "session ended",
} as const

/** Says in log, events and metrics what becomes of the sessions. */
export const createTeller = ({ log, recorder, metrics }: TellerEdges, options: TellerOptions): Teller => {
  const { namespace, nodeName, uidOf } = options
  const record = (peer: string, type: "Normal" | "Warning", reason: string, message: string) => {
    const object = `bgppeer/${peer}`
    const about = configReference(object, namespace, uidOf(object))
    if (about !== undefined) recorder.record({ about, type, reason, message: `${nodeName}: ${message}` })
  }
  /** Why each peer's session failed last, as far as it was told. BOUNDED by the peers that there ever were, by name. */
  const told = new Map<string, ReasonCode>()
  const fieldsOf = ({ settings: { peer, asn, remote } }: Session, { reason, facts }: Explained): LogFields => ({
    localASN: asn,
    peer,
    peerASN: remote.kind === "as" ? remote.asn : remote.kind,
    reason,
    why: phraseOf(reason, facts),
  })
  return {
    changed: ({ from, to, reason, facts }, session, ended) => {
      const { peer } = session.settings
      const fields = { ...fieldsOf(session, { reason, facts }), state: to }
      if (to === from) return
      if (to === "Established") {
        told.delete(peer)
        log.info("BGP session established", { ...fields, event: "sessionUp" })
        record(peer, "Normal", "BGPSessionUp", phraseOf(reason, facts))
      } else if (from === "Established") {
        // Without a failure it was meant: the speaker ends, or the next attempt with other settings is under way already.
        const explained: Explained = ended?.explained ?? { reason: reason === "ML422" ? "ML447" : reason, facts }
        const level = ended === undefined ? "info" : "warn"
        log[level]("BGP session down", { ...fieldsOf(session, explained), event: "sessionDown", state: to })
        told.set(peer, explained.reason)
        const why = phraseOf(explained.reason, explained.facts)
        record(peer, ended === undefined ? "Normal" : "Warning", "BGPSessionDown", why)
      } else log.debug("BGP session changed its state", fields)
    },
    failed: ({ explained }, session) => {
      const { peer } = session.settings
      if (session.main.state === "Established" || told.get(peer) === explained.reason) return
      told.set(peer, explained.reason)
      log.warn("BGP session cannot be established", { ...fieldsOf(session, explained), event: "sessionFailed" })
      record(
        peer,
        "Warning",
        "BGPSessionFailed",
        `${phraseOf(explained.reason, explained.facts)} [${explained.reason}]`,
      )
    },
    malformed: ({ outcome, complaints, routes, message, untold }, { settings: { peer, asn, remote } }) =>
      log.warn("malformed BGP UPDATE", {
        complaints: complaints.map(({ fault, type }) => (type === 0 ? fault : `${fault} in attribute ${type}`)),
        event: "malformedUpdate",
        localASN: asn,
        message: Buffer.from(message).toString("hex"),
        outcome: outcomes[outcome],
        peer,
        peerASN: remote.kind === "as" ? remote.asn : remote.kind,
        routes: routes.slice(0, mostRoutes).map(formatCidr),
        ...(routes.length > mostRoutes ? { routesInMessage: routes.length } : {}),
        ...(untold > 0 ? { untold } : {}),
      }),
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
