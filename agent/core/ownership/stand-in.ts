import type { NodeName } from "../detector/peer.ts"
import type { ReasonCode } from "../reasons.ts"
import { beats } from "./claim.ts"
import { answer, type Decision, noneInLine, owners, type Question, standIns, unlessDeaf } from "./question.ts"
import type { Absent, Claimant } from "./state.ts"

/**
 * A speaker that restarts need not cost its node the addresses: the node goes on forwarding, only nobody answers ARP and
 * neighbour solicitations. The next in the order answers in its name meanwhile: with the owner's MAC, and without a word to anybody who did not ask, so that traffic stays
 * where it is. These are the decisions about that; what bounds it is in docs/ownership.md.
 */

/** A claim's place in the order, where it is made in another's name: a stand-in has none, so the eight bytes carry the owner's MAC. */
export const placeOfStandIn = (mac: string): string => mac.replaceAll(":", "").padStart(16, "0")

/** Whose MAC the claimant answers with; undefined: its own. */
export const standsFor = ({ standIn, precedence }: Pick<Claimant, "standIn" | "precedence">): string | undefined =>
  standIn === true ? (precedence.slice(4).match(/../g) ?? []).join(":") : undefined

/** Somebody answers in this node's name, as if it was only away for a moment: then it has the VIP. */
export const heldForSelf = ({ claimants, mac }: Question): Claimant | undefined =>
  claimants.find(claimant => standsFor(claimant) === mac)

/**
 * Whom this speaker may stand in for instead of taking the VIP: the one that had it, where its node still may announce it, answers
 * for itself as far as is known, and has a MAC that it told. Never guessed: what is not known is taken over as ever.
 */
export const absentee = (question: Question): Absent | undefined => {
  const { claimants, gone, seat, self, now } = question
  // Whoever hands it over now had it later than whoever is gone.
  const handing = claimants.filter(({ weak, node }) => weak && gone(node) === undefined)
  const before = handing.length > 0 ? handing : claimants
  for (const claimant of [...before].sort((a, b) => (beats(a, b) ? -1 : 1))) {
    const found = ownerBehind(question, claimant)
    if (found === undefined || found.node === self || !mayStay(question, found.node)) continue
    const verdict = gone(found.node)
    const awaited = claimant.standIn === true || claimant.restarts === true
    if (verdict === "node" || (!awaited && !isAway(question, found.node))) continue
    return { ...found, since: seat.absent?.since ?? now, backSince: undefined }
  }
  return undefined
}

/** So many returns in a row that did not last are enough. */
const mostReturns = 3

/** This speaker saw that the other one does not answer while its node does; one that comes and goes is worse than a move. */
const isAway = ({ gone, seat, now, timings }: Question, node: NodeName): boolean => {
  const verdict = gone(node)
  const { leftTo } = seat
  const flaps = leftTo?.node === node && leftTo.times >= mostReturns && now - leftTo.at < timings.again
  return (verdict === "speaker" || verdict === "process") && !flaps
}

const ownerBehind = ({ macOf, nodeAt }: Question, claimant: Claimant) => {
  const name = standsFor(claimant)
  const mac = name ?? macOf(claimant.node)
  const node = name === undefined ? claimant.node : nodeAt(name)
  return mac === undefined || node === undefined || /^[0:]*$/.test(mac) ? undefined : { node, mac }
}

/** The node may go on announcing it, and nothing says that it is about to end itself. */
const mayStay = ({ seat }: Question, node: NodeName): boolean =>
  seat.ranking.includes(node) && seat.doubtful?.includes(node) !== true

/** What a stand-in does next: it goes on, leaves it to the owner that is back, or takes the VIP for good. */
export const decideStanding = (question: Question, absent: Absent): Decision => {
  const { seat, self, now, timings, leaving, gone, macOf } = question
  const { node } = absent
  const there = owners(question)
  const owner = there.find(one => one.node !== node || macOf(node) !== absent.mac)?.node
  if (owner !== undefined) return answer("stop", "ML369", { to: owner }, owner)
  if (there.length > 0) return besideOwner(question, absent)
  const better = standIns(question).find(other => beatsMine(question, absent, other))
  if (better !== undefined) return answer("stop", "ML364", { to: better.node }, better.node)
  if (leaving || !seat.ranking.includes(self)) return handOn(question)
  if (!mayStay(question, node)) return unlessDeaf(question, answer("take", "ML362", { from: node }, node))
  if (gone(node) === "node") return unlessDeaf(question, answer("take", "ML361", { from: node }, node))
  if (now >= absent.since + timings.standFor) return unlessDeaf(question, answer("take", "ML395", { from: node }, node))
  return standFor(question, { ...absent, backSince: undefined }, "ML390")
}

/** Answers in that one's name, for as long as a speaker may be away. */
export const standFor = ({ timings }: Question, absent: Absent, reason: ReasonCode): Decision => {
  const { node, since } = absent
  return { ...answer("stand", reason, { node }, node, since + timings.standFor), absent }
}

/**
 * A process that stood still and goes on is heard before it has learnt and answers, and one that just started has much to do: what
 * stands in for it goes on for a while. Both answer with one MAC, so nobody can tell.
 */
const besideOwner = ({ now, timings, leaving, seat, self }: Question, absent: Absent): Decision => {
  const { node } = absent
  const backSince = absent.backSince ?? now
  const until = backSince + timings.beside
  if (now >= until || leaving || !seat.ranking.includes(self)) return answer("stop", "ML394", { node }, node)
  return { ...answer("stand", "ML390", { node }, node, until), absent: { ...absent, backSince } }
}

/** A stand-in that may not go on is relieved by the next one before it stops, as an owner is. */
const handOn = (question: Question): Decision => {
  const { seat, now, timings } = question
  const next = standIns(question)[0]?.node
  if (next !== undefined) return answer("stop", "ML365", { to: next }, next)
  if (noneInLine(question)) return answer("stop", "ML366", {})
  const until = (seat.holdSince ?? now) + timings.handover
  if (now >= until) return answer("stop", "ML376", { address: seat.vip })
  return answer("hold", "ML375", {}, undefined, until)
}

/** Of two stand-ins one goes on; whose MAC, then whose name, is the lower: both compare the same. */
const beatsMine = ({ self }: Question, { mac }: Absent, other: Claimant): boolean =>
  beats(other, { node: self, precedence: placeOfStandIn(mac) })
