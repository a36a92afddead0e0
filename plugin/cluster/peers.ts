import { isReasonCode, type ReasonCode } from "../../agent/core/reasons.ts"
import type { SpeakerAnswer } from "./ask-speakers.ts"
import { at, isObject, type Json, listAt, mapAt, numberAt, textAt } from "./json.ts"

/** A session as a speaker told it; what it did not tell is empty. `agent/core/bgp/peer-status.ts` says what each part is. */
export type PeerSession = {
  readonly peer: string
  readonly node: string
  readonly address: string
  readonly port: number
  readonly localAsn: string
  readonly remoteAsn: string
  readonly state: string
  readonly since: number
  readonly why: ToldWhy
  readonly last: (ToldWhy & { readonly at: number; readonly by: string }) | undefined
  readonly established: number
  readonly up: SessionUp | undefined
  readonly bfd: (ToldWhy & BfdTold) | undefined
  readonly sent: Counts
  readonly received: Counts
  readonly refused: Counts
  readonly malformed: Counts
}

export type Counts = readonly (readonly [name: string, count: number])[]

/** `code` is undefined where this program does not know it; the text is the speaker's. */
export type ToldWhy = {
  readonly code: ReasonCode | undefined
  readonly text: string
  readonly facts: Readonly<Record<string, string | number>>
}

export type SessionUp = {
  readonly since: number
  readonly local: string
  readonly remote: string
  readonly opener: string
  readonly asn: string
  readonly identifier: string
  readonly peerIdentifier: string
  readonly holdTime: number
  readonly keepaliveTime: number
  readonly capabilities: readonly string[]
  /** undefined where the speaker does not tell it. */
  readonly agreed: readonly string[] | undefined
  readonly gracefulRestart: boolean
  readonly families: readonly FamilyTold[]
  readonly learned: number
  readonly congested: boolean
}

export type FamilyTold = {
  readonly family: string
  readonly wanted: number
  readonly told: number
  readonly why: ToldWhy | undefined
}

export type BfdTold = {
  readonly state: string
  readonly since: number
  readonly transmitInterval: number
  readonly detectionTime: number
}

export type PeersTold = {
  /** By peer, then by node. */
  readonly sessions: readonly PeerSession[]
  /** Nodes that no peer can open a connection to, though they are to listen. */
  readonly deaf: readonly { readonly node: string; readonly why: string }[]
  /** Speakers that could not be asked. */
  readonly unknown: readonly { readonly node: string; readonly why: string }[]
}

/** Puts together what the speakers said to the question "peers". Answers come from programs of any version and are read with care. */
export const readPeers = (said: readonly SpeakerAnswer[]): PeersTold => ({
  sessions: said
    .flatMap(({ node, answer }) => listAt(answer, "peers").map(session => readSession(node, session)))
    .sort((a, b) => compare(a.peer, b.peer) || compare(a.node, b.node)),
  deaf: said.flatMap(({ node, answer }) =>
    listAt(answer, "deaf").flatMap(why => (typeof why === "string" ? [{ node, why }] : [])),
  ),
  unknown: said.flatMap(({ node, unknown }) => (unknown === undefined ? [] : [{ node, why: unknown }])),
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const readSession = (node: string, session: Json): PeerSession => ({
  peer: textAt(session, "peer"),
  node,
  address: textAt(session, "address"),
  port: numberAt(session, "port"),
  localAsn: wordAt(session, "localAsn"),
  remoteAsn: wordAt(session, "remoteAsn"),
  state: textAt(session, "state"),
  since: numberAt(session, "since"),
  why: readWhy(at(session, "why")),
  last: withWhy(at(session, "last"), last => ({ at: numberAt(last, "at"), by: textAt(last, "by") })),
  established: numberAt(session, "established"),
  up: isObject(at(session, "up")) ? readUp(at(session, "up")) : undefined,
  bfd: withWhy(at(session, "bfd"), bfd => ({
    state: textAt(bfd, "state"),
    since: numberAt(bfd, "since"),
    transmitInterval: numberAt(bfd, "transmitInterval"),
    detectionTime: numberAt(bfd, "detectionTime"),
  })),
  sent: countsAt(session, "sent"),
  received: countsAt(session, "received"),
  refused: countsAt(session, "refused"),
  malformed: countsAt(session, "malformed"),
})

const wordAt = (value: Json, name: string): string => {
  const found = at(value, name)
  return typeof found === "string" || typeof found === "number" ? String(found) : ""
}

const readWhy = (value: Json): ToldWhy => {
  const code = textAt(value, "reason")
  const facts = Object.entries(mapAt(value, "facts")).flatMap(([name, fact]) =>
    typeof fact === "string" || typeof fact === "number" ? [[name, fact] as const] : [],
  )
  return {
    code: isReasonCode(code) ? code : undefined,
    text: textAt(value, "text"),
    facts: Object.fromEntries(facts),
  }
}

const withWhy = <T>(value: Json, read: (value: Json) => T): (ToldWhy & T) | undefined =>
  isObject(value) ? { ...readWhy(value), ...read(value) } : undefined

const readUp = (up: Json): SessionUp => ({
  since: numberAt(up, "since"),
  local: textAt(up, "local"),
  remote: textAt(up, "remote"),
  opener: textAt(up, "opener"),
  asn: wordAt(up, "asn"),
  identifier: textAt(up, "identifier"),
  peerIdentifier: textAt(up, "peerIdentifier"),
  holdTime: numberAt(up, "holdTime"),
  keepaliveTime: numberAt(up, "keepaliveTime"),
  capabilities: textsAt(up, "capabilities"),
  agreed: at(up, "agreed") === undefined ? undefined : textsAt(up, "agreed"),
  gracefulRestart: at(up, "gracefulRestart") === true,
  families: listAt(up, "families").map(family => ({
    family: textAt(family, "family"),
    wanted: numberAt(family, "wanted"),
    told: numberAt(family, "told"),
    why: isObject(at(family, "why")) ? readWhy(at(family, "why")) : undefined,
  })),
  learned: numberAt(up, "learned"),
  congested: at(up, "congested") === true,
})

const textsAt = (value: Json, name: string): readonly string[] =>
  listAt(value, name).flatMap(one => (typeof one === "string" ? [one] : []))

const countsAt = (session: Json, name: string): Counts =>
  Object.entries(mapAt(session, "messages", name)).flatMap(([kind, count]) =>
    typeof count === "number" && count > 0 ? [[kind, count] as const] : [],
  )
