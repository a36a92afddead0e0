import type { PeerBfd, PeerStatus, PeersAnswer, PeerUp, Told } from "../../core/bgp/peer-status.ts"
import type { Explained } from "../../core/bgp/session/explain.ts"
import { type EstablishedReport, sessionReport } from "../../core/bgp/session/report.ts"
import type { Session } from "../../core/bgp/session/session.ts"
import { capabilityText } from "../../core/bgp/wire/capability-words.ts"
import { formatAddress } from "../../core/ip/format.ts"
import { phraseOf } from "../../core/sentence.ts"
import type { Clock, Millis } from "../../ports/clock.ts"
import type { BfdStatus } from "../bfd/status.ts"
import type { Bgp } from "./bgp.ts"

/** What this node says when it is asked about its peers, by name. */
export const toldPeers = (bgp: Bgp, node: string, clock: Clock): PeersAnswer => {
  const bfd = bgp.bfd()
  const wall = (at: Millis) => Math.round(clock.wall() - clock.monotonic() + at)
  const peers = [...bgp.sessions()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, session]) =>
      toldPeer(
        session,
        bgp.since(name) ?? session.since,
        node,
        wall,
        bfd.find(({ names }) => names.includes(name)),
      ),
    )
  return { node, peers, deaf: bgp.deaf() }
}

const toldPeer = (
  session: Session,
  since: Millis,
  node: string,
  wall: (at: Millis) => number,
  bfd: BfdStatus | undefined,
): PeerStatus => {
  const { settings, place } = session
  const { remote } = settings
  const report = sessionReport(session)
  const { last, up, counters } = report
  return {
    peer: settings.peer,
    node,
    address:
      place === undefined
        ? ""
        : `${formatAddress(place.address)}${place.device === undefined ? "" : `%${place.device}`}`,
    port: settings.port,
    localAsn: settings.asn,
    remoteAsn: remote.kind === "as" ? remote.asn : remote.kind,
    state: report.state,
    since: wall(since),
    why: told(report.why),
    last: last === undefined ? null : { ...told(last.explained), at: wall(last.at), by: last.by },
    established: counters.established,
    up: up === undefined ? null : toldUp(up, wall),
    bfd: bfd === undefined ? null : toldBfd(bfd),
    messages: {
      sent: counters.sent,
      received: counters.received,
      malformed: counters.malformed,
      refused: Object.fromEntries(Object.entries(counters.refused).map(([name, count]) => [name, count ?? 0])),
    },
  }
}

const toldUp = (up: EstablishedReport, wall: (at: Millis) => number): PeerUp => ({
  since: wall(up.since),
  local: formatAddress(up.local),
  remote: formatAddress(up.remote),
  opener: up.opener,
  asn: up.asn,
  identifier: identifierText(up.identifier),
  peerIdentifier: identifierText(up.peerIdentifier),
  holdTime: up.holdTime,
  keepaliveTime: up.keepaliveTime / 1_000,
  capabilities: up.capabilities.map(capabilityText),
  agreed: up.agreed.map(capabilityText),
  gracefulRestart: up.gracefulRestart,
  families: up.families.map(each => ({ ...each, why: each.why === undefined ? null : told(each.why) })),
  learned: up.learned.announced,
  congested: up.congested,
})

const toldBfd = ({ state, since, transmitInterval, detectionTime, ...account }: BfdStatus): PeerBfd => ({
  ...told(account),
  state,
  since,
  transmitInterval,
  detectionTime,
})

const told = ({ reason, facts }: Explained): Told => ({ reason, facts, text: phraseOf(reason, facts) })

const identifierText = (value: number): string => formatAddress({ family: "IPv4", value: BigInt(value) })
