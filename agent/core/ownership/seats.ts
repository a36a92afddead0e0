import type { NodeName } from "../detector/peer.ts"
import { routersOn } from "../detector/routers.ts"
import type { ReasonCode } from "../reasons.ts"
import { withClaim, withoutClaim } from "./book.ts"
import { decide } from "./decide.ts"
import { type Decision, isFirst, owners, type Question } from "./question.ts"
import { placeOfStandIn } from "./stand-in.ts"
import { keyOf, type LinkState, type Seat } from "./state.ts"
import { claimantsOf, peersOn, setLink, setSeat, type Work } from "./work.ts"

/** Decides about one VIP again and does what follows. */
export const review = (work: Work, vip: string): void => {
  const known = work.draft.seats.get(vip)
  if (known === undefined) return
  const seat = watched(work, known)
  const decision = decide(question(work, seat))
  const reason = { reason: decision.reason, facts: decision.facts, dueAt: decision.until }
  if (decision.action === "take" || decision.action === "resume") start(work, { ...seat, ...reason }, decision)
  else if (decision.action === "stop") stop(work, { ...seat, ...reason }, decision)
  else if (decision.action === "hold") {
    setSeat(work, { ...seat, ...reason, holdSince: seat.holdSince ?? work.now })
    claim(work, seat, true)
  } else if (decision.action === "stand") stand(work, known, { ...seat, ...reason, absent: decision.absent })
  else {
    const next = { ...seat, ...reason, holdSince: undefined }
    if (!sameSeat(known, next)) setSeat(work, next)
    if (decision.action === "keep") claim(work, seat, false)
    if (decision.deaf) listen(work, seat.link)
  }
}

/** Decides about every VIP on the link again, or about every VIP. */
export const reviewAll = (work: Work, link?: string): void => {
  for (const seat of [...work.draft.seats.values()])
    if (link === undefined || seat.link === link) review(work, seat.vip)
}

/** Answers no more, whatever the order says. */
export const stop = (work: Work, seat: Seat, decision: Pick<Decision, "reason" | "facts" | "other">): void => {
  const { vip, link } = seat
  const leftTo = decision.reason === "ML394" ? countedReturn(work, seat) : seat.leftTo
  const rest = { holdSince: undefined, vacantSince: undefined, absent: undefined, leftTo }
  setSeat(work, { ...seat, ...rest, mine: "no", since: work.now })
  const at = work.draft.links.get(link)
  if (at !== undefined) setLink(work, { ...at, book: withoutClaim(at.book, vip) })
  if (seat.mine !== "no") fallSilent(work, seat, decision.reason, decision.other)
}

/** An owner is back; whether it was back a moment ago too. */
const countedReturn = (work: Work, { absent, leftTo }: Seat): Seat["leftTo"] => {
  if (absent === undefined) return leftTo
  const { node } = absent
  const lately = leftTo?.node === node && work.now - leftTo.at < work.draft.timings.again
  return { node, at: work.now, times: lately ? leftTo.times + 1 : 1 }
}

/** Answers no more until it is known what happened meanwhile; the claim stands. */
export const pause = (work: Work, seat: Seat): void => {
  if (seat.mine !== "yes" && seat.mine !== "stands") return
  setSeat(work, { ...seat, mine: "paused", reason: "ML368", facts: {}, dueAt: undefined })
  fallSilent(work, seat, "ML368", undefined)
}

const fallSilent = (work: Work, { vip, link, absent }: Seat, reason: ReasonCode, to: NodeName | undefined): void => {
  if (absent === undefined) work.effects.push({ type: "stop", vip, link, reason, to })
  else work.effects.push({ type: "stand-down", vip, link, reason, node: absent.node, to })
}

/** Answers in the name of another, or goes on to. */
const stand = (work: Work, known: Seat, seat: Seat): void => {
  const { vip, link, absent, reason } = seat
  if (absent === undefined) return
  const begins = seat.mine !== "stands"
  const rest = { mine: "stands", holdSince: undefined, since: begins ? work.now : seat.since } as const
  const next = { ...seat, ...rest, vacantSince: undefined }
  if (begins || !sameSeat(known, next)) setSeat(work, next)
  claim(work, next, false)
  if (begins) work.effects.push({ type: "stand-in", vip, link, reason, node: absent.node, mac: absent.mac })
}

export const question = (work: Work, seat: Seat): Question => {
  const { self, timings, policy, apiAway, leaving, links, gone, shelves } = work.draft
  const link = links.get(seat.link)
  return {
    seat,
    self,
    now: work.now,
    timings,
    policy,
    apiAway,
    leaving: leaving !== false,
    linkUp: link?.up === true,
    learning: link?.learning !== undefined,
    hears: hears(work, seat.link),
    claimants: claimantsOf(work, seat),
    gone: node => {
      if (gone.size === 0) return undefined
      const known = gone.get(keyOf(node, seat.link))
      return known && (known.own ? known.kind : "told")
    },
    mac: link?.mac ?? "",
    macOf: node => shelves.get(keyOf(node, seat.link))?.mac,
    nodeAt: mac => [...work.draft.peers.keys()].find(node => shelves.get(keyOf(node, seat.link))?.mac === mac),
  }
}

const start = (work: Work, seat: Seat, decision: Decision): void => {
  const { vip, link } = seat
  const stood = seat.absent !== undefined
  const vacantFor = stood || seat.vacantSince === undefined ? 0 : work.now - seat.vacantSince
  const rest = { holdSince: undefined, dueAt: undefined, absent: undefined }
  setSeat(work, { ...seat, ...rest, mine: "yes", since: work.now })
  claim(work, { ...seat, absent: undefined }, false)
  work.effects.push({ type: "start", vip, link, reason: decision.reason, from: decision.other, vacantFor })
}

const claim = (work: Work, seat: Seat, weak: boolean): void => {
  const link = work.draft.links.get(seat.link)
  if (link === undefined) return
  const { vip, absent, ranking, doubtful } = seat
  const precedence = absent === undefined ? seat.precedence : placeOfStandIn(absent.mac)
  const { self, leaving } = work.draft
  // The process ends and not the node, which may go on announcing.
  const stays = ranking.includes(self) && doubtful?.includes(self) !== true
  const restarts = absent === undefined && leaving === "restarts" && stays
  const kind = { ...(restarts && { restarts }), ...(absent !== undefined && { standIn: true }) }
  const book = withClaim(link.book, { vip, precedence, weak, ...kind })
  if (book !== link.book) setLink(work, { ...link, book })
}

/** Since when nobody else claims it, and since when this node is first. */
const watched = (work: Work, seat: Seat): Seat => {
  const asked = question(work, seat)
  const vacant = owners(asked).length === 0
  const first = isFirst(asked)
  return {
    ...seat,
    vacantSince: vacant ? (seat.vacantSince ?? work.now) : undefined,
    firstSince: first ? (seat.firstSince ?? work.now) : undefined,
  }
}

/** A thousand VIPs are reviewed for every change, and nearly all stay as they are. */
const sameSeat = (a: Seat, b: Seat): boolean =>
  a.reason === b.reason &&
  a.dueAt === b.dueAt &&
  a.vacantSince === b.vacantSince &&
  a.firstSince === b.firstSince &&
  a.holdSince === b.holdSince &&
  a.absent?.backSince === b.absent?.backSince &&
  Object.keys(b.facts).length === Object.keys(a.facts).length &&
  Object.entries(b.facts).every(([name, fact]) => String(a.facts[name]) === String(fact))

/** Somebody was heard on the link lately, or nobody is known who could be. */
const hears = (work: Work, link: string): boolean => {
  const since = work.now - work.draft.timings.hearing
  return (work.voices.get(link) ?? []).some(voice => voice.at >= since) || peersOn(work, link).length === 0
}

/** Asks others on the link for a sign of life; their answers reach the detector, and the next review finds them. */
const listen = (work: Work, name: string): void => {
  const link: LinkState | undefined = work.draft.links.get(name)
  if (link === undefined || (link.askedAt !== undefined && work.now - link.askedAt < work.draft.timings.hearing)) return
  const nodes = peersOn(work, name).flatMap(peer => peer.links.find(path => path.link === name)?.address ?? [])
  const addresses = [...routersOn(link, work.draft.peers.values()), ...nodes.slice(0, 3)]
  setLink(work, { ...link, askedAt: work.now })
  work.effects.push({ type: "ask", link: name, addresses })
}
