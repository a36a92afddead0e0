import type { NodeName } from "../detector/peer.ts"
import { beats, type Claim, sameClaim } from "./claim.ts"
import { anew, heardFrom, withAck } from "./delivery.ts"
import { continueLearning } from "./learning.ts"
import type { Claims, OwnershipMessage } from "./message.ts"
import { review, stop } from "./seats.ts"
import { emptyShelf, type Shelf, withPage } from "./shelf.ts"
import { standsFor } from "./stand-in.ts"
import { type Claimant, keyOf, type Seat } from "./state.ts"
import { deliveryTo, insist } from "./telling.ts"
import { setClaimant, setDelivery, setSeat, type Work } from "./work.ts"

export type Heard = {
  readonly from: NodeName
  readonly boot: number
  readonly link: string
  readonly message: OwnershipMessage
}

/** A message of a known peer, over the link that it is about. */
export const onMessage = (work: Work, heard: Heard): void => {
  const { from, boot, link, message } = heard
  const at = work.draft.links.get(link)
  const delivery = deliveryTo(work, from, link)
  if (at === undefined || !work.draft.peers.has(from)) return
  const restarted = delivery.boot !== undefined && delivery.boot !== boot
  const { now } = work
  const { beacon } = work.draft.timings
  const base = restarted || message.type === "query" ? anew(delivery, now) : delivery
  const known = heardFrom(base, boot, beacon, now)
  const isAck = message.type === "ack"
  setDelivery(work, from, link, isAck ? withAck(known, at.book, message.page, message.version) : known)
  if (restarted) forget(work, from, link)
  if (message.type === "claims") onClaims(work, heard, message)
}

/** Forgets what a node claimed on a link: its process is another one now, or it is no peer any more. */
export const forget = (work: Work, node: NodeName, link: string): void => {
  const shelf = work.draft.shelves.get(keyOf(node, link))
  if (shelf === undefined) return
  const shelves = new Map(work.draft.shelves)
  shelves.delete(keyOf(node, link))
  work.draft.shelves = shelves
  const vips = [...shelf.pages.values()].flatMap(page => page.claims.map(claim => claim.vip))
  for (const vip of vips) setClaimant(work, link, vip, node, undefined)
  for (const vip of vips) review(work, vip)
}

const onClaims = (work: Work, { from, boot, link }: Heard, message: Claims): void => {
  const key = keyOf(from, link)
  const before = work.draft.shelves.get(key) ?? emptyShelf(boot)
  const after = withPage(before, message, work.now)
  work.effects.push({
    type: "send",
    to: from,
    link,
    message: { type: "ack", page: message.page, version: message.version },
  })
  if (after === before) return
  work.draft.shelves = new Map(work.draft.shelves).set(key, after)
  for (const vip of replaceClaimants(work, from, link, before, message)) {
    const seat = work.draft.seats.get(vip)
    if (seat?.link === link) meet(work, seat, from, before, message)
  }
  continueLearning(work, link)
}

/** Brings the index up to date; the VIPs that the page names now or named before. */
const replaceClaimants = (
  work: Work,
  node: NodeName,
  link: string,
  before: Shelf,
  message: Claims,
): readonly string[] => {
  const old = before.pages.get(message.page)?.claims ?? []
  const now = new Map(message.claims.map(claim => [claim.vip, claim]))
  const vips = [...new Set([...old.map(claim => claim.vip), ...now.keys()])]
  const changed = vips.filter(
    vip =>
      !same(
        old.find(claim => claim.vip === vip),
        now.get(vip),
      ),
  )
  for (const vip of changed) {
    const claim = now.get(vip)
    setClaimant(work, link, vip, node, claim && claimantOf(node, claim))
  }
  return vips
}

/** Somebody's claim of a VIP was heard, or that it is claimed no more. */
const meet = (work: Work, seat: Seat, from: NodeName, before: Shelf, message: Claims): void => {
  // Whoever answers in this node's name says what it says itself.
  const own = work.draft.links.get(seat.link)?.mac ?? ""
  const isAnothers = (claim: Claim) => claim.vip === seat.vip && standsFor(claim) !== own
  const claim = message.claims.find(isAnothers)
  const old = before.pages.get(message.page)?.claims.find(isAnothers)
  // One that this speaker found dead after it sent that has not heard of its successor.
  const isDead = work.draft.gone.get(keyOf(from, seat.link))?.own === true
  const contested =
    claim?.weak === false &&
    seat.mine === "yes" &&
    seat.holdSince === undefined &&
    work.draft.leaving === false &&
    !isDead
  if (contested && !work.draft.policy.mixed) contend(work, seat, from, claim)
  // Another one of ours may have found MetalLB's speakers dead already: then it yields to what it is told again.
  else if (contested && beats({ node: work.draft.self, precedence: seat.precedence }, claimantOf(from, claim)))
    insist(work, from, seat.link, seat.vip)
  else if (claim?.weak !== false && old?.weak === false && seat.mine === "yes") {
    work.effects.push({ type: "announce", vip: seat.vip, link: seat.link, reason: "ML377", facts: { other: from } })
  }
  review(work, seat.vip)
}

/**
 * Two owners hear each other: the better one speaks again, on the wire and to the other, which yields. A stand-in for somebody else
 * yields to any owner.
 */
const contend = (work: Work, seat: Seat, from: NodeName, claim: Claim): void => {
  const own = { node: work.draft.self, precedence: seat.precedence }
  if (claim.standIn === true || beats(own, { node: from, precedence: claim.precedence })) {
    insist(work, from, seat.link, seat.vip)
    if (seat.contestedAt !== undefined && work.now - seat.contestedAt < work.draft.timings.contest) return
    setSeat(work, { ...seat, contestedAt: work.now })
    work.effects.push({ type: "announce", vip: seat.vip, link: seat.link, reason: "ML377", facts: { other: from } })
    return
  }
  const decision = { reason: "ML364", facts: { to: from }, other: from } as const
  stop(work, { ...seat, reason: decision.reason, facts: decision.facts }, decision)
}

/**
 * Somebody's frame claims a VIP of this node, on the link of its clients or on another one that it is announced on too. Whoever is no speaker
 * of ours is named each time: how often people are told, and the address is defended, is for claimant/ to say.
 */
export const onWire = (work: Work, link: string, vip: string, mac: string): void => {
  const seat = work.draft.seats.get(vip)
  if (seat?.mine !== "yes" || work.draft.links.get(link)?.mac === mac) return
  const speaker = [...work.draft.peers.keys()].find(node => work.draft.shelves.get(keyOf(node, link))?.mac === mac)
  if (speaker === undefined)
    work.effects.push({ type: "foreign", vip, link, mac, defend: !work.draft.policy.mixed, reason: "ML373" })
  else if (seat.link === link) contest(work, seat, speaker)
}

/** A speaker of ours announces what this one owns: claims settle it, sooner than the next beacon. */
const contest = (work: Work, seat: Seat, speaker: NodeName): void => {
  insist(work, speaker, seat.link, seat.vip, work.draft.timings.beacon / 2)
}

const claimantOf = (node: NodeName, { vip: _, ...claim }: Claim): Claimant => ({ node, ...claim })

const same = (a: Claim | undefined, b: Claim | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameClaim(a, b)
