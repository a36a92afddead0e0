import { beats } from "./claim.ts"
import {
  ahead,
  answer,
  type Decision,
  isFirst,
  noneInLine,
  owners,
  type Question,
  standIns,
  unlessDeaf,
} from "./question.ts"
import { absentee, decideStanding, heldForSelf, standFor, standsFor } from "./stand-in.ts"

/**
 * Should this speaker answer for the VIP? In words: a living owner is left alone, unless failback is allowed; an owner that
 * hands over is relieved before it stops; a VIP without an owner goes to the first in the order among those that live, and
 * to the next ones if it does not speak; whoever hears nothing takes nothing; whoever just woke up learns first. Of an owner whose
 * speaker alone is away the VIP is not taken: it is stood in for (stand-in.ts).
 */
export const decide = (question: Question): Decision => {
  const { seat, linkUp, policy } = question
  // MetalLB's speakers do not look at carriers, and one who is first in their order answers wherever it can.
  if (policy.mixed) return decideMixed(question)
  if (!linkUp) return answer(seat.mine === "no" ? "pass" : "stop", "ML367", { link: seat.link })
  if (seat.mine === "stands" && seat.absent !== undefined) return decideStanding(question, seat.absent)
  if (seat.mine === "yes") return decideOwner(question)
  if (seat.mine === "paused") return decidePaused(question)
  return decideStandby(question)
}

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
  // A stand-in in another's name is as good a successor as an owner.
  const successor = [...owners(question), ...standIns(question).filter(other => standsFor(other) !== question.mac)][0]
    ?.node
  if (successor !== undefined) return answer("stop", "ML365", { to: successor }, successor)
  const standIn = leaving ? heldForSelf(question)?.node : undefined
  if (standIn !== undefined) return answer("stop", "ML391", { to: standIn }, standIn)
  if (noneInLine(question)) return answer("stop", "ML366", {})
  const until = (seat.holdSince ?? now) + timings.handover
  if (now >= until) return answer("stop", "ML376", { address: seat.vip })
  return answer("hold", "ML375", {}, undefined, until)
}

const decidePaused = (question: Question): Decision => {
  const { seat, self, leaving, learning } = question
  if (learning) return answer("pass", "ML368", {})
  const owner = owners(question)[0]?.node
  if (owner !== undefined) return answer("stop", "ML369", { to: owner }, owner)
  const mac = seat.absent?.mac ?? question.mac
  const standIn = standIns(question).find(other => seat.absent !== undefined || standsFor(other) !== mac)?.node
  if (standIn !== undefined) return answer("stop", "ML369", { to: standIn }, standIn)
  if (leaving || !seat.ranking.includes(self)) return answer("stop", "ML366", {})
  if (seat.absent !== undefined) return standFor(question, seat.absent, "ML379")
  return answer("resume", "ML379", {})
}

const decideStandby = (question: Question): Decision => {
  const { seat, self, leaving, learning } = question
  if (leaving || !seat.ranking.includes(self)) return answer("pass", "ML378", {})
  if (learning) return answer("pass", "ML368", {})
  return unlessDeaf(question, wouldTake(question))
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
  const standIn = heldForSelf(question)?.node
  if (standIn !== undefined) return answer("take", "ML393", { from: standIn }, standIn)
  const other = standIns(question)[0]?.node
  if (other !== undefined) return answer("pass", "ML392", { node: other }, other)
  const before = claimants[0]
  const step = before === undefined ? timings.standbyNew : timings.standby
  const better = ahead(question)
  const due = (seat.vacantSince ?? now) + better.length * step
  if (now < due) return answer("pass", "ML371", { ahead: better }, before?.node, due)
  const absent = absentee(question)
  if (absent !== undefined) return standFor(question, absent, "ML390")
  const relieved = claimants.find(claimant => claimant.weak)
  if (relieved !== undefined) return answer("take", "ML362", { from: relieved.node }, relieved.node)
  if (before !== undefined) return answer("take", "ML361", { from: before.node }, before.node)
  return answer("take", "ML360", {})
}
