import { earliest } from "../detector/pair.ts"
import type { LinkId, NodeName, Peer } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import { type Book, listOf } from "./book.ts"
import { again, type Delivery, duePages, leftLately, missing, newDelivery, nextDue, withSent } from "./delivery.ts"
import { keyOf, type LinkState } from "./state.ts"
import { peersOn, setDelivery, type Work } from "./work.ts"

/**
 * Sends to every peer the pages that it has not acknowledged. This is what bounds double ownership: of two owners of a VIP
 * the later one has claimed it to the earlier one every 50 ms (where many pages are on their way, 200 ms) ever since, so the first datagram that gets through ends it.
 */
export const tellClaims = (work: Work): void => {
  for (const link of work.draft.links.values()) {
    if (link.up) for (const peer of peersOn(work, link.link)) tellPeer(work, link, peer)
  }
}

/** When the next page is due to anybody. */
export const nextTelling = (work: Work): Millis | undefined => {
  let least: Millis | undefined
  for (const link of work.draft.links.values()) {
    if (!link.up) continue
    for (const peer of peersOn(work, link.link)) {
      const delivery = deliveryTo(work, peer.node, link.link)
      if (delivery.complete !== link.book.version) least = earliest(least, nextTo(work, link, peer, delivery))
    }
  }
  return least
}

const nextTo = (work: Work, link: LinkState, peer: Peer, delivery: Delivery): Millis | undefined => {
  if (isSilent(work, peer, delivery)) return isWorthIt(link) ? delivery.nextAt : undefined
  return nextDue(link.book, delivery, work.draft.timings.beacon, work.now)
}

export const deliveryTo = (work: Work, node: NodeName, link: LinkId): Delivery =>
  work.draft.deliveries.get(keyOf(node, link)) ?? newDelivery(work.now)

/** The page of a VIP goes to one node in this step, whether it has acknowledged it or not; unless it left a moment ago, `within`. */
export const insist = (work: Work, node: NodeName, name: LinkId, vip: string, within: Millis = 0): void => {
  const link = work.draft.links.get(name)
  const page = link?.book.pages.findIndex(page => page.claims.has(vip)) ?? -1
  if (link === undefined || page < 0) return
  const delivery = deliveryTo(work, node, name)
  if (!leftLately(delivery, page, within, work.now)) setDelivery(work, node, name, again(delivery, page))
}

const tellPeer = (work: Work, link: LinkState, peer: Peer): void => {
  const { now } = work
  const { beacon } = work.draft.timings
  const delivery = deliveryTo(work, peer.node, link.link)
  if (delivery.complete === link.book.version) return
  // A peer that the membership believes dead may be a partition away: it gets a sign of this speaker, and no more.
  const silent = isSilent(work, peer, delivery)
  if (silent && (delivery.nextAt > now || !isWorthIt(link))) return
  const pages = silent ? nextInTurn(link.book, delivery) : duePages(link.book, delivery, beacon, now)
  if (pages.length === 0) return
  for (const page of pages) sendPage(work, link, peer.node, page)
  const turn = (delivery.turn + 1) % 0x10000
  const told = { ...withSent(delivery, link.book, pages, now), nextAt: now + beacon, turn }
  setDelivery(work, peer.node, link.link, told)
}

const nextInTurn = (book: Book, delivery: Delivery): readonly number[] => {
  const pages = missing(book, delivery)
  return pages.length === 0 ? [] : [pages[delivery.turn % pages.length] ?? 0]
}

const sendPage = (work: Work, link: LinkState, to: NodeName, page: number): void => {
  const content = link.book.pages[page]
  if (content === undefined) return
  const message = {
    type: "claims",
    page,
    pages: link.book.pages.length,
    version: content.version,
    mac: link.mac,
    claims: listOf(content),
  } as const
  work.effects.push({ type: "send", to, link: link.link, message })
}

const isSilent = (work: Work, peer: Peer, { heardAt }: Delivery): boolean =>
  !peer.alive && (heardAt === undefined || work.now - heardAt >= work.draft.timings.unheard)

/** A dead node need not be told that this one claims nothing. */
const isWorthIt = ({ book }: LinkState): boolean => book.pages.some(page => page.claims.size > 0)
