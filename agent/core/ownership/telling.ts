import { earliest } from "../detector/pair.ts"
import type { LinkId, NodeName, Peer } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { Book, Page } from "./book.ts"
import { type Delivery, keyOf, type LinkState } from "./state.ts"
import { peersOn, setDelivery, type Work } from "./work.ts"

/** Most pages in one go; the rest follows after `pace`, so that a thousand VIPs are no burst. */
const mostAtOnce = 8
const pace: Millis = 5

const newDelivery = (now: Millis): Delivery => ({
  boot: undefined,
  acked: new Map(),
  complete: undefined,
  nextAt: now,
  heardAt: undefined,
  turn: 0,
})

/**
 * Sends to every peer the pages that it has not acknowledged. This is what bounds double ownership: of two owners of a VIP
 * the later one has claimed it to the earlier one every 50 ms ever since, so the first datagram that gets through ends it.
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
      if (missing(link, delivery).length > 0 && worthTelling(work, link, peer, delivery)) {
        least = earliest(least, delivery.nextAt)
      }
    }
  }
  return least
}

export const deliveryTo = (work: Work, node: NodeName, link: LinkId): Delivery =>
  work.draft.deliveries.get(keyOf(node, link)) ?? newDelivery(work.now)

/** The page of a VIP goes to one node in this step, whether it has acknowledged it or not. */
export const insist = (work: Work, node: NodeName, name: LinkId, vip: string): void => {
  const link = work.draft.links.get(name)
  const page = link?.book.pages.findIndex(page => page.claims.has(vip)) ?? -1
  if (link === undefined || page < 0) return
  const delivery = deliveryTo(work, node, name)
  const acked = new Map(delivery.acked)
  acked.delete(page)
  setDelivery(work, node, name, { ...delivery, acked, complete: undefined, nextAt: work.now })
}

const tellPeer = (work: Work, link: LinkState, peer: Peer): void => {
  const delivery = deliveryTo(work, peer.node, link.link)
  if (delivery.nextAt > work.now) return
  const pages = missing(link, delivery)
  if (pages.length === 0 || !worthTelling(work, link, peer, delivery)) return
  // A peer that the membership believes dead may be a partition away: it gets a sign of this speaker, and no more.
  const silent = !peer.alive && !heardLately(work, delivery)
  const chosen = silent ? [pages[delivery.turn % pages.length] ?? 0] : pages.slice(0, mostAtOnce)
  for (const page of chosen) sendPage(work, link, peer.node, page)
  const more = !silent && pages.length > mostAtOnce
  const nextAt = work.now + (more ? pace : work.draft.timings.beacon)
  setDelivery(work, peer.node, link.link, { ...delivery, nextAt, turn: (delivery.turn + 1) % 0x10000 })
}

const sendPage = (work: Work, link: LinkState, to: NodeName, page: number): void => {
  const { version, claims }: Page = link.book.pages[page] ?? { version: 1, claims: new Map() }
  const sorted = [...claims.values()].sort((a, b) => (a.vip < b.vip ? -1 : 1))
  const message = {
    type: "claims",
    page,
    pages: link.book.pages.length,
    version,
    mac: link.mac,
    claims: sorted,
  } as const
  work.effects.push({ type: "send", to, link: link.link, message })
}

/** The delivery with the note that every page of the book is acknowledged, if that is so. */
export const settled = (book: Book, delivery: Delivery): Delivery => {
  const all = book.pages.every((page, at) => delivery.acked.get(at) === page.version)
  return { ...delivery, complete: all ? book.version : undefined }
}

const missing = ({ book }: LinkState, delivery: Delivery): readonly number[] =>
  delivery.complete === book.version
    ? []
    : book.pages.flatMap((page, at) => (delivery.acked.get(at) === page.version ? [] : [at]))

/** A dead node need not be told that this one claims nothing. */
const worthTelling = (work: Work, link: LinkState, peer: Peer, delivery: Delivery): boolean =>
  peer.alive || heardLately(work, delivery) || link.book.pages.some(page => page.claims.size > 0)

const heardLately = (work: Work, delivery: Delivery): boolean =>
  delivery.heardAt !== undefined && work.now - delivery.heardAt < work.draft.timings.unheard
