import type { GoneKind } from "../detector/message.ts"
import type { NodeName } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { beats } from "./claim.ts"
import type { Absent, Claimant, Policy, Seat } from "./state.ts"
import type { OwnershipTimings } from "./timings.ts"

/** Everything that the decision about one VIP reads. */
export type Question = {
  readonly seat: Seat
  readonly self: NodeName
  readonly now: Millis
  readonly timings: OwnershipTimings
  readonly policy: Policy
  readonly apiAway: boolean
  readonly leaving: boolean
  readonly linkUp: boolean
  readonly learning: boolean
  /** Somebody is heard on the link, or nobody is known who could be. */
  readonly hears: boolean
  /** The others that claim it. */
  readonly claimants: readonly Claimant[]
  /** What this speaker itself found of a node that answers no more; "told": others say that it does not. */
  readonly gone: (node: NodeName) => GoneKind | "told" | undefined
  /** This node's MAC on the link; "" where it has no end there. */
  readonly mac: string
  /** The MAC that a node said its answers carry on the link; undefined: it never said. */
  readonly macOf: (node: NodeName) => string | undefined
  /** The node with that MAC on the link; undefined: nobody known has it. */
  readonly nodeAt: (mac: string) => NodeName | undefined
}

export type Decision = {
  /**
   * take: start; resume: start again after a pause; keep and hold: go on; stop: end; stand: answer in the name of `absent`, or
   * go on to; pass: do nothing.
   */
  readonly action: "take" | "resume" | "keep" | "hold" | "stop" | "stand" | "pass"
  readonly reason: ReasonCode
  readonly facts: Facts
  /** Who owned it before, or owns it now. */
  readonly other: NodeName | undefined
  /** When the answer may change by itself. */
  readonly until: Millis | undefined
  /** Nobody is heard, and that alone is in the way: it is worth asking whether anybody is there. */
  readonly deaf: boolean
  readonly absent?: Absent
}

/** May take it over now: not gone, and not about to hand it over. */
export const inLine = ({ claimants, gone, self, leaving }: Question, node: NodeName): boolean =>
  node === self
    ? !leaving
    : gone(node) === undefined && !claimants.some(claimant => claimant.node === node && claimant.weak)

/** This node is the first in the order among those that live. */
export const isFirst = (question: Question): boolean =>
  question.seat.ranking.find(node => inLine(question, node)) === question.self

/** Those that live and come before this node in the order. */
export const ahead = (question: Question): readonly NodeName[] => {
  const own = question.seat.ranking.indexOf(question.self)
  return question.seat.ranking.slice(0, Math.max(own, 0)).filter(node => inLine(question, node))
}

/** Nobody else could follow. */
export const noneInLine = (question: Question): boolean =>
  !question.seat.ranking.some(node => inLine(question, node) && node !== question.self)

/** Those that claim it for good in their own name and are not known to be gone; the best first. */
export const owners = (question: Question): readonly Claimant[] =>
  living(question).filter(claimant => claimant.standIn !== true)

/** Those that answer for it in an absent owner's name and are not known to be gone; the best first. */
export const standIns = (question: Question): readonly Claimant[] =>
  living(question).filter(claimant => claimant.standIn === true)

const living = ({ claimants, gone }: Question): readonly Claimant[] =>
  claimants.filter(({ weak, node }) => !weak && !sawGone(gone(node))).sort((a, b) => (beats(a, b) ? -1 : 1))

/** This speaker saw it itself. */
const sawGone = (gone: ReturnType<Question["gone"]>): boolean => gone !== undefined && gone !== "told"

/** The decision, unless it is to begin something and nobody is heard on the link: then to wait and ask (promise b). */
export const unlessDeaf = (question: Question, decision: Decision): Decision => {
  if ((decision.action !== "take" && decision.action !== "stand") || question.hears) return decision
  const until = [decision.until, question.now + question.timings.beacon].filter(at => at !== undefined)
  const waits = answer("pass", "ML372", { link: question.seat.link }, decision.other, Math.min(...until))
  return { ...waits, deaf: true }
}

export const answer = (
  action: Decision["action"],
  reason: ReasonCode,
  facts: Facts,
  other?: NodeName,
  until?: Millis,
): Decision => ({ action, reason, facts, other, until, deaf: false })
