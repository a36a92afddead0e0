import { type Path, pathKey, type Refusal } from "../../core/bfd/demultiplex.ts"
import type { Refused } from "../../core/bfd/explain.ts"
import type { BfdWanted, Place } from "../../core/bfd/place.ts"
import { newSession, type Session } from "../../core/bfd/session.ts"
import { type Settings, settingsOf } from "../../core/bfd/settings.ts"
import { sharedProfile } from "../../core/bfd/shared.ts"
import type { BfdLineCounts } from "../../ports/bfd-wire.ts"
import type { Millis, Timer } from "../../ports/clock.ts"
import type { Forwards } from "../../ports/forwarding.ts"
import type { Connection } from "./lines.ts"

/** One path and who wants a session on it, the first by name in front. */
export type Request = {
  readonly key: string
  readonly place: Place
  readonly clients: readonly [BfdWanted, ...BfdWanted[]]
}

/** A session at work, with its sockets and what is counted of it. */
export type Member = {
  request: Request
  session: Session
  /** undefined while the sockets cannot be had; they are tried again. */
  wire: Connection | undefined
  fault: string | undefined
  echoFault: string | undefined
  /** Nobody wants it any more; it is kept until the peer must have heard so. */
  leaving: boolean
  wake: { readonly at: Millis; readonly timer: Timer } | undefined
  retry: Timer | undefined
  /** Wall clock; when the state last changed. */
  since: Millis
  /** Packets that were looked at and taken. */
  taken: number
  ups: number
  downs: number
  told: number
  /** BOUNDED by the names of refusals. */
  readonly refused: Map<Refusal, number>
  lastRefused: Refused | undefined
  /** Of lines that are closed: a session that moved keeps its counts. */
  before: BfdLineCounts
}

export const noCounts: BfdLineCounts = {
  sent: 0,
  alike: 0,
  heardAt: undefined,
  failed: 0,
  echoesSent: 0,
  echoesReturned: 0,
  fault: undefined,
  echoFault: undefined,
}

export const newMember = (request: Request, settings: Settings, discriminator: number, wall: Millis): Member => ({
  request,
  session: newSession(settings, discriminator),
  wire: undefined,
  fault: undefined,
  echoFault: undefined,
  leaving: false,
  wake: undefined,
  retry: undefined,
  since: wall,
  taken: 0,
  ups: 0,
  downs: 0,
  told: 0,
  refused: new Map(),
  lastRefused: undefined,
  before: noCounts,
})

/** What was sent and heard since the session began. */
export const countsOf = ({ wire, before }: Member): BfdLineCounts => {
  const now = wire?.line.counts() ?? noCounts
  return {
    sent: before.sent + now.sent,
    alike: before.alike + now.alike,
    heardAt: now.heardAt ?? before.heardAt,
    failed: before.failed + now.failed,
    echoesSent: before.echoesSent + now.echoesSent,
    echoesReturned: before.echoesReturned + now.echoesReturned,
    fault: now.fault,
    echoFault: now.echoFault,
  }
}

/** Clients of one path in one request, in the order of their names; paths in that of their first. */
export const requestsOf = (
  placed: readonly { readonly wanted: BfdWanted; readonly place: Place }[],
): readonly Request[] => {
  // BOUNDED by the clients.
  const byPath = new Map<string, Request>()
  for (const { wanted, place } of [...placed].sort((a, b) => (a.wanted.name < b.wanted.name ? -1 : 1))) {
    const key = pathKey(place.path)
    const known = byPath.get(key)
    byPath.set(
      key,
      known === undefined ? { key, place, clients: [wanted] } : { ...known, clients: [...known.clients, wanted] },
    )
  }
  return [...byPath.values()]
}

/** Echo packets are for one hop of IPv4 (RFC 5881 section 4, RFC 5883 section 3; the API says IPv4). */
export const canEcho = ({ hops, peer }: Path): boolean => hops === "single" && peer.family === "IPv4"

export const settingsFor = ({ place, clients }: Request, forwards: Forwards): Settings => {
  const [first, ...others] = clients
  const profile = sharedProfile(
    first.profile,
    others.map(client => client.profile),
  )
  const sends = canEcho(place.path)
  return settingsOf(profile, { sends, returns: sends && forwards(place.interfaceName) === true })
}
