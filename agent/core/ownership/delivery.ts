import { earliest } from "../detector/pair.ts"
import type { Millis } from "../detector/timings.ts"
import type { Book } from "./book.ts"

/** What a peer has of the book of a link, and what is on its way there. */
export type Delivery = {
  readonly boot: number | undefined
  /** The last version of each page that the peer said it has. BOUNDED, like `sent`, by the pages of the book. */
  readonly acked: ReadonlyMap<number, number>
  readonly sent: ReadonlyMap<number, Sent>
  /** The version of the book of which every page is acknowledged. */
  readonly complete: number | undefined
  readonly heardAt: Millis | undefined
  /** When the next page is due where one at a time is sent, and which. */
  readonly nextAt: Millis
  readonly turn: number
}

/** The last copy of a page that left. */
type Sent = { readonly version: number; readonly at: Millis }

/**
 * Most pages on their way to one peer, which are sent as fast as they are acknowledged. Whoever is slow to answer is busy, and more
 * copies would make it busier.
 */
export const mostOnTheirWay = 8
/** So many copies leave a beacon when none is answered. */
const copiesABeacon = 2
/** Whoever was not heard for so long is heard again: what was sent to it meanwhile was lost. */
const lostAfter: Millis = 200

export const newDelivery = (now: Millis): Delivery => ({
  boot: undefined,
  acked: new Map(),
  sent: new Map(),
  complete: undefined,
  heardAt: undefined,
  nextAt: now,
  turn: 0,
})

/** Pages that the peer has not acknowledged as they are now. */
export const missing = (book: Book, delivery: Delivery): readonly number[] =>
  delivery.complete === book.version
    ? []
    : book.pages.flatMap((page, at) => (delivery.acked.get(at) === page.version ? [] : [at]))

/** Of what is missing the pages that may leave at `now`. */
export const duePages = (book: Book, delivery: Delivery, beacon: Millis, now: Millis): readonly number[] => {
  const pages = missing(book, delivery)
  const wait = waitOf(delivery, pages, beacon)
  const due = pages.filter(page => leftAt(delivery, page) + wait <= now)
  return due.slice(0, Math.max(0, mostOnTheirWay - (pages.length - due.length)))
}

/** When `duePages` says something else although nothing happened; undefined: never. What is due and may not leave waits for answers. */
export const nextDue = (book: Book, delivery: Delivery, beacon: Millis, now: Millis): Millis | undefined => {
  const pages = missing(book, delivery)
  const wait = waitOf(delivery, pages, beacon)
  let least: Millis | undefined
  for (const page of pages) {
    const at = leftAt(delivery, page) + wait
    if (at > now) least = earliest(least, at)
  }
  return least ?? (pages.length > 0 ? now : undefined)
}

/** The more copies are on their way, the longer each one waits for its answer: one or two a beacon, eight four beacons. */
const waitOf = (delivery: Delivery, pages: readonly number[], beacon: Millis): Millis =>
  beacon * Math.max(1, pages.filter(page => leftAt(delivery, page) > Number.NEGATIVE_INFINITY).length / copiesABeacon)

/** When the copy that is on its way left; long ago where none is. */
const leftAt = ({ acked, sent }: Delivery, page: number): Millis => {
  const copy = sent.get(page)
  return copy === undefined || (acked.get(page) ?? 0) >= copy.version ? Number.NEGATIVE_INFINITY : copy.at
}

export const withSent = (delivery: Delivery, book: Book, pages: readonly number[], now: Millis): Delivery => {
  const sent = new Map(delivery.sent)
  for (const page of pages) sent.set(page, { version: book.pages[page]?.version ?? 1, at: now })
  return { ...delivery, sent }
}

/** The peer has a version of the page. */
export const withAck = (delivery: Delivery, book: Book, page: number, version: number): Delivery => {
  const known = book.pages[page]
  if (known === undefined || version > known.version || version <= (delivery.acked.get(page) ?? 0)) return delivery
  const acked = new Map(delivery.acked).set(page, version)
  const all = book.pages.every((one, at) => acked.get(at) === one.version)
  return { ...delivery, acked, complete: all ? book.version : undefined }
}

/** Something came from the process `boot` of the peer. After a silence what was sent longer than a beacon ago counts as lost. */
export const heardFrom = (delivery: Delivery, boot: number, beacon: Millis, now: Millis): Delivery => {
  const { heardAt, sent } = delivery
  const wasSilent = heardAt === undefined || now - heardAt > lostAfter
  const kept = wasSilent ? new Map([...sent].filter(([, { at }]) => now - at < beacon)) : sent
  return { ...delivery, boot, heardAt: now, sent: kept, ...(wasSilent && { nextAt: now }) }
}

/** The peer has nothing, and nothing is on its way. */
export const anew = (delivery: Delivery, now: Millis): Delivery => ({
  ...delivery,
  acked: new Map(),
  sent: new Map(),
  complete: undefined,
  nextAt: now,
})

/** The page is due, whether the peer has it or not. */
export const again = (delivery: Delivery, page: number): Delivery => {
  const [acked, sent] = [new Map(delivery.acked), new Map(delivery.sent)]
  acked.delete(page)
  sent.delete(page)
  return { ...delivery, acked, sent, complete: undefined }
}

/** Whether a copy of the page left a moment ago. */
export const leftLately = ({ sent }: Delivery, page: number, within: Millis, now: Millis): boolean => {
  const copy = sent.get(page)
  return copy !== undefined && now - copy.at < within
}
