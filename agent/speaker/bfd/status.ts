import type { Hops, Refusal } from "../../core/bfd/demultiplex.ts"
import { diagnosticText } from "../../core/bfd/diagnostic.ts"
import { type Account, accountOf } from "../../core/bfd/explain.ts"
import type { SessionState } from "../../core/bfd/packet.ts"
import type { Placed } from "../../core/bfd/place.ts"
import { millisOf } from "../../core/bfd/time.ts"
import { detectionTime, echoInterval, isEchoActive, transmitInterval } from "../../core/bfd/timing.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Millis } from "../../ports/clock.ts"
import { canEcho, countsOf, type Member } from "./member.ts"

/** What is told of one session: by the metrics, the plugin and the log. */
export type BfdStatus = Account & {
  /** The clients, sorted. */
  readonly names: readonly string[]
  readonly peer: string
  readonly local: string
  /** "" over several hops, and where none was found. */
  readonly interface: string
  readonly vrf: string
  readonly hops: Hops
  readonly state: SessionState
  readonly remoteState: SessionState
  readonly diagnostic: string
  readonly remoteDiagnostic: string
  /** When the state last changed, in milliseconds since the epoch. */
  readonly since: Millis
  /** As they are in force; 0 where the peer was not heard. */
  readonly transmitInterval: Millis
  readonly detectionTime: Millis
  readonly echo: boolean
  readonly counts: BfdCountsTold
  readonly refused: Readonly<Partial<Record<Refusal, number>>>
}

export type BfdCountsTold = {
  readonly sent: number
  readonly received: number
  readonly echoesSent: number
  readonly echoesReturned: number
  readonly ups: number
  readonly downs: number
  /** Changes that the clients were told of. */
  readonly told: number
}

export const statusOf = (member: Member): BfdStatus => {
  const { request, session, since, taken, ups, downs, told, refused } = member
  const { place, clients } = request
  const { sent, alike, heardAt, echoesSent, echoesReturned, fault } = countsOf(member)
  const account = accountOf(session, place, {
    fault: fault?.message,
    echo: echoTrouble(member),
    refused: member.lastRefused,
    heardAt,
  })
  return {
    ...(member.fault === undefined ? account : withoutSockets(account, member.fault)),
    names: clients.map(client => client.name),
    peer: formatAddress(place.path.peer),
    local: formatAddress(place.local),
    interface: place.interfaceName,
    vrf: clients[0].vrf,
    hops: place.path.hops,
    state: session.state,
    remoteState: session.remote.state,
    diagnostic: diagnosticText(session.diagnostic),
    remoteDiagnostic: diagnosticText(session.remote.diagnostic),
    since,
    transmitInterval: millisOf(transmitInterval(session)),
    detectionTime: millisOf(detectionTime(session) ?? 0),
    echo: isEchoActive(session),
    counts: { sent, received: taken + alike, echoesSent, echoesReturned, ups, downs, told },
    refused: Object.fromEntries(refused),
  }
}

const withoutSockets = ({ facts, remarks }: Account, why: string): Account => ({
  reason: "ML490",
  facts: { ...facts, why },
  remarks,
})

/** Why echo packets, which the profile asks for, watch over nothing. */
const echoTrouble = (member: Member): string | undefined => {
  const { request, session, echoFault } = member
  if (!request.clients.some(({ profile }) => profile.echoMode) || isEchoActive(session)) return undefined
  if (!canEcho(request.place.path)) return "it is for one hop of IPv4"
  if (echoFault !== undefined) return echoFault
  if (session.state !== "Up") return undefined
  if (echoInterval(session) === undefined) return "the peer says that it returns none"
  const { echoFault: sending, echoesSent } = countsOf(member)
  if (sending?.code === "ENXIO") return "its MAC is not known"
  if (sending !== undefined) return sending.message
  return echoesSent > session.settings.detectMultiplier ? "none has come back" : undefined
}

/** A client whose session has no place to run. */
export const unplacedStatus = (
  name: string,
  peer: string,
  vrf: string,
  hops: Hops,
  { reason, facts }: Extract<Placed, { ok: false }>,
  since: Millis,
): BfdStatus => ({
  reason,
  facts,
  remarks: [],
  names: [name],
  peer,
  local: "",
  interface: "",
  vrf,
  hops,
  state: "Down",
  remoteState: "Down",
  diagnostic: diagnosticText(0),
  remoteDiagnostic: diagnosticText(0),
  since,
  transmitInterval: 0,
  detectionTime: 0,
  echo: false,
  counts: { sent: 0, received: 0, echoesSent: 0, echoesReturned: 0, ups: 0, downs: 0, told: 0 },
  refused: {},
})
