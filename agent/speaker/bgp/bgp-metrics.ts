import { type SessionReport, sessionReport } from "../../core/bgp/session/report.ts"
import type { Session } from "../../core/bgp/session/session.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Labels, Metrics } from "../../ports/metrics.ts"
import { sync } from "../synced-counter.ts"
import type { Bgp } from "./bgp.ts"

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

/** MetalLB's names: those of its native mode, then those that only its FRR mode has. */
const counted: readonly (readonly [
  name: string,
  help: string,
  read: (counters: SessionReport["counters"]) => number,
])[] = [
  ["metallb_bgp_updates_total", "BGP UPDATE messages sent.", ({ sent }) => sent.update],
  ["metallb_bgp_updates_total_received", "BGP UPDATE messages received.", ({ received }) => received.update],
  ["metallb_bgp_opens_sent", "BGP OPEN messages sent.", ({ sent }) => sent.open],
  ["metallb_bgp_opens_received", "BGP OPEN messages received.", ({ received }) => received.open],
  ["metallb_bgp_notifications_sent", "BGP NOTIFICATION messages sent.", ({ sent }) => sent.notification],
  [
    "metallb_bgp_notifications_received",
    "BGP NOTIFICATION messages received.",
    ({ received }) => received.notification,
  ],
  ["metallb_bgp_keepalives_sent", "BGP KEEPALIVE messages sent.", ({ sent }) => sent.keepalive],
  ["metallb_bgp_keepalives_received", "BGP KEEPALIVE messages received.", ({ received }) => received.keepalive],
  ["metallb_bgp_route_refresh_sent", "BGP ROUTE-REFRESH messages sent.", ({ sent }) => sent["route-refresh"]],
  ["metallb_bgp_total_sent", "BGP messages sent.", ({ sent }) => sum(sent)],
  ["metallb_bgp_total_received", "BGP messages received.", ({ received }) => sum(received)],
  ["metallb_bgp_sessions_established_total", "Times that the BGP session was established.", c => c.established],
  ["metallb_bgp_refused_messages_total", "BGP messages that ended a connection.", ({ refused }) => sum(refused)],
  ["metallb_bgp_connections_turned_away_total", "Connections of the peer that were not taken.", c => c.turnedAway],
]

/** Series of each session while it exists, read whenever somebody asks. */
export const registerBgpMetrics = (metrics: Metrics, bgp: Bgp): void => {
  const up = metrics.gauge("metallb_bgp_session_up", "1 where the BGP session is established.")
  const announced = metrics.gauge("metallb_bgp_announced_prefixes_total", "Prefixes that the peer was told.")
  const pending = metrics.gauge("metallb_bgp_pending_prefixes_total", "Prefixes that the peer is still to be told.")
  const counters = counted.map(([name, help, read]) => [sync(metrics.counter(name, help)), read] as const)
  const strangers = sync(metrics.counter("metallb_bgp_strangers_total", "Connections of hosts that are no peers."))
  const malformed = sync(
    metrics.counter(
      "metallb_bgp_malformed_updates_total",
      "BGP UPDATE messages not taken as they were, by what became of them.",
    ),
  )
  // BOUNDED by the sessions, both.
  let known = new Map<string, Labels>()
  let knownMalformed = new Map<string, Labels>()

  metrics.beforeText(() => {
    const now = new Map<string, Labels>()
    const malformedNow = new Map<string, Labels>()
    for (const session of bgp.sessions().values()) {
      const labels = { peer: peerLabel(session) }
      const key = labels.peer
      // Two sessions with one address and port would take turns in one series; the first by name has it.
      if (now.has(key)) continue
      now.set(key, labels)
      const report = sessionReport(session)
      const { IPv4, IPv6 } = session.ribs
      up.set(report.up === undefined ? 0 : 1, labels)
      announced.set(report.up === undefined ? 0 : IPv4.told.size + IPv6.told.size, labels)
      pending.set(IPv4.dirty.size + IPv6.dirty.size, labels)
      for (const [set, read] of counters) set(labels, read(report.counters))
      for (const [outcome, count] of Object.entries(report.counters.malformed)) {
        const series = { ...labels, outcome }
        malformed(series, count)
        malformedNow.set(`${key} ${outcome}`, series)
      }
    }
    strangers({}, bgp.strangers())
    for (const [key, labels] of known) {
      if (now.has(key)) continue
      for (const gauge of [up, announced, pending]) gauge.remove(labels)
      for (const [set] of counters) set(labels, undefined)
    }
    for (const [key, labels] of knownMalformed) if (!malformedNow.has(key)) malformed(labels, undefined)
    known = now
    knownMalformed = malformedNow
  })
}

/** "address:port", as MetalLB labels it; an interface in the place of an address that is not known. */
const peerLabel = ({ settings, place }: Session): string => {
  const { endpoint, port } = settings
  const address = place?.address ?? (endpoint.kind === "address" ? endpoint.address : undefined)
  if (address === undefined) return endpoint.kind === "interface" ? `${endpoint.name}:${port}` : `:${port}`
  const text = formatAddress(address)
  const zoned = place?.device === undefined ? text : `${text}%${place.device}`
  return address.family === "IPv6" ? `[${zoned}]:${port}` : `${zoned}:${port}`
}
