import { earliest } from "../detector/pair.ts"
import type { NodeName } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { beats } from "./claim.ts"
import type { Claimant, Policy, Seat } from "./state.ts"
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
  /** "own": this speaker saw itself that the node answers no more; "told": others say so. */
  readonly gone: (node: NodeName) => "own" | "told" | undefined
}

export type Decision = {
  /** take: start; resume: start again after a pause; keep and hold: go on; stop: end; pass: do nothing. */
  readonly action: "take" | "resume" | "keep" | "hold" | "stop" | "pass"
  readonly reason: ReasonCode
  readonly facts: Facts
  /** Who owned it before, or owns it now. */
  readonly other: NodeName | undefined
  /** When the answer may change by itself. */
  readonly until: Millis | undefined
  /** Nobody is heard, and that alone is in the way: it is worth asking whether anybody is there. */
  readonly deaf: boolean
}

/**
 * Should this speaker answer for the VIP? In words: a living owner is left alone, unless failback is allowed; an owner that
 * hands over is relieved before it stops; a VIP without an owner goes to the first in the order among those that live, and
 * to the next ones if it does not speak; whoever hears nothing takes nothing; whoever just woke up learns first.
 */
export const decide = (question: Question): Decision => {
  const { seat, linkUp, policy } = question
  if (!linkUp) return answer(seat.mine === "no" ? "pass" : "stop", "ML367", { link: seat.link })
  if (policy.mixed) return decideMixed(question)
  if (seat.mine === "yes") return decideOwner(question)
  if (seat.mine === "paused") return decidePaused(question)
  return decideStandby(question)
}

/** May take it over now: not gone, and not about to hand it over. */
const inLine = ({ claimants, gone, self, leaving }: Question, node: NodeName): boolean =>
  node === self
    ? !leaving
    : gone(node) === undefined && !claimants.some(claimant => claimant.node === node && claimant.weak)

/** This node is the first in the order among those that live. */
export const isFirst = (question: Question): boolean =>
  question.seat.ranking.find(node => inLine(question, node)) === question.self

/** Those that live and come before this node in the order. */
const ahead = (question: Question): readonly NodeName[] => {
  const own = question.seat.ranking.indexOf(question.self)
  return question.seat.ranking.slice(0, Math.max(own, 0)).filter(node => inLine(question, node))
}

/** Those that claim it for good and are not known to be gone; the best first. */
export const owners = ({ claimants, gone }: Question): readonly Claimant[] =>
  claimants.filter(claimant => !claimant.weak && gone(claimant.node) !== "own").sort((a, b) => (beats(a, b) ? -1 : 1))

const decideMixed = ({ seat, self, learning, leaving }: Question): Decision => {
  const owner = seat.ranking[0]
  if (owner !== self || leaving) {
    return owner === undefined || leaving
      ? answer(seat.mine === "no" ? "pass" : "stop", "ML366", {})
      : answer(
          seat.mine === "no" ? "pass" : "stop",
          seat.mine === "no" ? "ML370" : "ML365",
          { owner, to: owner },
          owner,
        )
  }
  if (learning) return answer("pass", "ML368", {})
  if (seat.mine === "paused") return answer("resume", "ML379", {})
  return answer(seat.mine === "yes" ? "keep" : "take", "ML360", {})
}

const decideOwner = (question: Question): Decision => {
  const { seat, self, leaving, now, timings } = question
  if (!leaving && seat.ranking.includes(self)) return answer("keep", seat.reason, seat.facts)
  const successor = owners(question)[0]?.node
  if (successor !== undefined) return answer("stop", "ML365", { to: successor }, successor)
  if (!seat.ranking.some(node => inLine(question, node))) return answer("stop", "ML366", {})
  const until = (seat.holdSince ?? now) + timings.handover
  if (now >= until) return answer("stop", "ML376", { address: seat.vip })
  return answer("hold", "ML375", {}, undefined, until)
}

const decidePaused = (question: Question): Decision => {
  const { seat, self, leaving, learning } = question
  if (learning) return answer("pass", "ML368", {})
  const owner = owners(question)[0]?.node
  if (owner !== undefined) return answer("stop", "ML369", { to: owner }, owner)
  if (leaving || !seat.ranking.includes(self)) return answer("stop", "ML366", {})
  return answer("resume", "ML379", {})
}

const decideStandby = (question: Question): Decision => {
  const { seat, self, now, leaving, learning, hears } = question
  if (leaving || !seat.ranking.includes(self)) return answer("pass", "ML378", {})
  if (learning) return answer("pass", "ML368", {})
  const decision = wouldTake(question)
  if (decision.action !== "take" || hears) return decision
  const until = earliest(decision.until, now + question.timings.beacon)
  return { ...answer("pass", "ML372", { link: seat.link }, decision.other, until), deaf: true }
}

const wouldTake = (question: Question): Decision => {
  const { seat, self, now, timings, policy, apiAway, claimants, gone } = question
  const owner = owners(question)[0]
  if (owner !== undefined) {
    const stays = answer("pass", "ML370", { owner: owner.node }, owner.node)
    if (
      !isFirst(question) ||
      gone(owner.node) !== undefined ||
      !beats({ node: self, precedence: seat.precedence }, owner)
    )
      return stays
    if (policy.failbackAfter === undefined || apiAway) return { ...stays, reason: "ML374" }
    const due = (seat.firstSince ?? now) + policy.failbackAfter
    if (now < due) return { ...stays, reason: "ML374", until: due }
    return answer("take", "ML363", { from: owner.node }, owner.node)
  }
  const before = claimants[0]
  const step = before === undefined ? timings.standbyNew : timings.standby
  const better = ahead(question)
  const due = (seat.vacantSince ?? now) + better.length * step
  if (now < due) return answer("pass", "ML371", { ahead: better }, before?.node, due)
  const relieved = claimants.find(claimant => claimant.weak)
  if (relieved !== undefined) return answer("take", "ML362", { from: relieved.node }, relieved.node)
  if (before !== undefined) return answer("take", "ML361", { from: before.node }, before.node)
  return answer("take", "ML360", {})
}

const answer = (
  action: Decision["action"],
  reason: ReasonCode,
  facts: Facts,
  other?: NodeName,
  until?: Millis,
): Decision => ({ action, reason, facts, other, until, deaf: false })
