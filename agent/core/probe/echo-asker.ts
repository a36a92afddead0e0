import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ReasonCode } from "../reasons.ts"
import { guardCount } from "./echo-guards.ts"
import type { Millis } from "./state.ts"

/**
 * Asks for addresses behind routers by ICMP echo: three requests 200 ms apart, and silence for 600 ms after the last. An answer is
 * no conflict yet: two addresses of the pool that nobody has are asked for in the same way, and where both answer as well, a router or
 * a firewall answers for everything. Then nothing is concluded from answers in that pool for an hour.
 */
export type EchoAsker = {
  /** By canonical text, in the order in which they came. BOUNDED by the caller: new addresses. */
  readonly subjects: ReadonlyMap<string, EchoSubject>
  /** Pools in which everything answers, and until when nothing is asked there. BOUNDED by the pools. */
  readonly off: ReadonlyMap<string, Millis>
}

export type EchoTarget = {
  readonly address: Address
  /** The name of its pool. */
  readonly pool: string
  /** See echo-guards.ts. */
  readonly guards: readonly Address[]
}

/** Three requests, as far as they are. `refused`: no route leads there. */
type Round = { readonly sent: number; readonly refused: number; readonly lastAt: Millis }

export type EchoSubject = {
  readonly target: EchoTarget
  /** undefined while it waits for its turn. */
  readonly round: Round | undefined
  /** Somebody answered, so the guards are asked. */
  readonly inquiry: (Round & { readonly answered: ReadonlySet<string> }) | undefined
}

export type EchoEvent =
  | { readonly kind: "ask"; readonly target: EchoTarget }
  /** `byNode`: this node or another one of the cluster has the address. */
  | { readonly kind: "heard"; readonly address: string; readonly byNode: boolean }
  /** A request could not be sent to this address. */
  | { readonly kind: "refused"; readonly address: string }
  | { readonly kind: "tick" }

export type EchoVerdict =
  /** Nobody answered, or a node of the cluster did. */
  | { readonly kind: "free"; readonly reason: "ML338" | "ML347" }
  | { readonly kind: "conflict"; readonly reason: "ML349" }
  /** Answers say nothing in this pool. */
  | { readonly kind: "proxy"; readonly reason: "ML174" }
  /** Nothing could be sent. */
  | { readonly kind: "unknown"; readonly reason: "ML346" }

export type EchoEffect =
  | { readonly kind: "send"; readonly address: Address; readonly sequence: number }
  /** Given once; the address is not asked for any more. */
  | { readonly kind: "verdict"; readonly address: Address; readonly verdict: EchoVerdict }
  /** Nothing is asked for in this pool from now on, for `echoOffFor`: people should know. */
  | { readonly kind: "off"; readonly pool: string; readonly address: Address }

export type EchoStep = {
  readonly next: EchoAsker
  readonly effects: readonly EchoEffect[]
  /** When a tick is due; undefined where nothing is. */
  readonly wakeAt: Millis | undefined
  readonly reason: ReasonCode
}

export const echoRequests = 3
export const echoEvery: Millis = 200
/** From the last request on; a way around half the earth and back takes 0.3 s. */
export const echoPatience: Millis = 600
/** A proxy may be switched off. */
export const echoOffFor: Millis = 3_600_000
/** Asked for at the same time: 1,280 requests a second at most. */
export const echoSubjectsMax = 256

export const echoAskerAtStart: EchoAsker = { subjects: new Map(), off: new Map() }

/** One event. */
export const echoStep = (asker: EchoAsker, event: EchoEvent, now: Millis): EchoStep => {
  const work: Work = { subjects: new Map(asker.subjects), off: new Map(asker.off), effects: [], now }
  for (const [pool, until] of work.off) if (until <= now) work.off.delete(pool)
  take(work, event)
  for (const [key, subject] of [...work.subjects]) conclude(work, key, subject)
  begin(work)
  send(work)
  const { subjects, off, effects } = work
  return { next: { subjects, off }, effects, wakeAt: wakeAt(work), reason: reasonOf(effects) }
}

type Work = {
  readonly subjects: Map<string, EchoSubject>
  readonly off: Map<string, Millis>
  readonly effects: EchoEffect[]
  readonly now: Millis
}

const take = (work: Work, event: EchoEvent): void => {
  if (event.kind === "ask") {
    const key = formatAddress(event.target.address)
    if (!work.subjects.has(key)) work.subjects.set(key, { target: event.target, round: undefined, inquiry: undefined })
  } else if (event.kind === "heard") hear(work, event)
  else if (event.kind === "refused") refuse(work, event.address)
}

const hear = (work: Work, { address, byNode }: Extract<EchoEvent, { kind: "heard" }>): void => {
  const subject = work.subjects.get(address)
  if (subject?.round !== undefined) {
    if (byNode) settle(work, address, { kind: "free", reason: "ML347" })
    else if (subject.inquiry === undefined) {
      const inquiry = { sent: 0, refused: 0, lastAt: work.now, answered: new Set<string>() }
      work.subjects.set(address, { ...subject, inquiry })
    }
  }
  for (const [key, { target, round, inquiry }] of work.subjects) {
    if (inquiry === undefined || byNode || !target.guards.some(guard => formatAddress(guard) === address)) continue
    const answered = new Set([...inquiry.answered, address])
    work.subjects.set(key, { target, round, inquiry: { ...inquiry, answered } })
  }
}

const refuse = (work: Work, address: string): void => {
  const subject = work.subjects.get(address)
  if (subject?.round === undefined) return
  work.subjects.set(address, { ...subject, round: { ...subject.round, refused: subject.round.refused + 1 } })
}

const settle = (work: Work, key: string, verdict: EchoVerdict): void => {
  const subject = work.subjects.get(key)
  if (subject === undefined) return
  work.subjects.delete(key)
  work.effects.push({ kind: "verdict", address: subject.target.address, verdict })
}

const conclude = (work: Work, key: string, subject: EchoSubject): void => {
  const { pool, address } = subject.target
  if (!work.off.has(pool) && (subject.inquiry?.answered.size ?? 0) >= guardCount) {
    work.off.set(pool, work.now + echoOffFor)
    work.effects.push({ kind: "off", pool, address })
  }
  const verdict = work.off.has(pool) ? proxy : verdictOn(subject, work.now)
  if (verdict !== undefined) settle(work, key, verdict)
}

const proxy: EchoVerdict = { kind: "proxy", reason: "ML174" }

const verdictOn = ({ target, round, inquiry }: EchoSubject, now: Millis): EchoVerdict | undefined => {
  if (inquiry !== undefined) {
    const isOver = target.guards.length < guardCount || now >= silentAt(inquiry)
    return isOver ? { kind: "conflict", reason: "ML349" } : undefined
  }
  if (round === undefined || now < silentAt(round)) return undefined
  return round.refused >= round.sent ? { kind: "unknown", reason: "ML346" } : { kind: "free", reason: "ML338" }
}

const begin = (work: Work): void => {
  let busy = 0
  for (const { round } of work.subjects.values()) if (round !== undefined) busy += 1
  for (const [key, subject] of work.subjects) {
    if (busy >= echoSubjectsMax) return
    if (subject.round !== undefined) continue
    work.subjects.set(key, { ...subject, round: { sent: 0, refused: 0, lastAt: work.now } })
    busy += 1
  }
}

const send = (work: Work): void => {
  for (const [key, { target, round, inquiry }] of work.subjects) {
    if (inquiry !== undefined && work.now >= dueAt(inquiry)) {
      for (const address of target.guards) work.effects.push({ kind: "send", address, sequence: inquiry.sent })
      work.subjects.set(key, { target, round, inquiry: { ...inquiry, sent: inquiry.sent + 1, lastAt: work.now } })
    } else if (inquiry === undefined && round !== undefined && work.now >= dueAt(round)) {
      work.effects.push({ kind: "send", address: target.address, sequence: round.sent })
      work.subjects.set(key, { target, round: { ...round, sent: round.sent + 1, lastAt: work.now }, inquiry })
    }
  }
}

const dueAt = ({ sent, lastAt }: Round): Millis =>
  sent === 0 ? lastAt : sent < echoRequests ? lastAt + echoEvery : Number.POSITIVE_INFINITY

const silentAt = ({ sent, lastAt }: Round): Millis =>
  sent < echoRequests ? Number.POSITIVE_INFINITY : lastAt + echoPatience

const wakeAt = ({ subjects }: Work): Millis | undefined => {
  let next = Number.POSITIVE_INFINITY
  for (const { round, inquiry } of subjects.values()) {
    const current = inquiry ?? round
    if (current !== undefined) next = Math.min(next, dueAt(current), silentAt(current))
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next
}

/** What the step amounts to: a verdict before a question. */
const reasonOf = (effects: readonly EchoEffect[]): ReasonCode => {
  for (const effect of effects) if (effect.kind === "verdict") return effect.verdict.reason
  return effects.some(({ kind }) => kind === "send") ? "ML416" : "ML348"
}
