import type { OwnLink, Peer } from "../detector/peer.ts"
import { emptyBook } from "./book.ts"
import { forget } from "./hearing.ts"
import { startLearning } from "./learning.ts"
import { review, reviewAll, stop } from "./seats.ts"
import { claimKey, keyOf, type LinkState, type Seat, type Wanted } from "./state.ts"
import { deliveryTo } from "./telling.ts"
import { claimantsOf, dropSeat, peersOn, setDelivery, setLink, setSeat, type Work } from "./work.ts"

/** The known speakers changed. What a node claimed is forgotten only when it is known no more. */
export const onPeers = (work: Work, peers: readonly Peer[]): void => {
  const before = work.draft.peers
  work.draft.peers = new Map(peers.filter(peer => peer.node !== work.draft.self).map(peer => [peer.node, peer]))
  const known = (key: string) => work.draft.peers.has(key.slice(0, key.indexOf(" ")))
  for (const link of work.draft.links.keys()) {
    for (const node of before.keys()) if (!work.draft.peers.has(node)) forget(work, node, link)
    for (const peer of peersOn(work, link)) {
      const back = peer.alive && before.get(peer.node)?.alive !== true
      if (back)
        setDelivery(work, peer.node, link, { ...deliveryTo(work, peer.node, link), sent: new Map(), nextAt: work.now })
    }
  }
  work.draft.deliveries = new Map([...work.draft.deliveries].filter(([key]) => known(key)))
  work.draft.gone = new Map([...work.draft.gone].filter(([key]) => known(key)))
  work.draft.told = new Map([...work.draft.told].filter(([key]) => known(key)))
  reviewAll(work)
}

/** The own links changed. A link that is new or came up is learnt first: somebody else may own its VIPs by now. */
export const onLinks = (work: Work, links: readonly OwnLink[]): void => {
  const before = work.draft.links
  const fresh = { book: emptyBook, learning: undefined, askedAt: undefined }
  work.draft.links = new Map(
    links.map((link): [string, LinkState] => [link.link, { ...(before.get(link.link) ?? fresh), ...link }]),
  )
  for (const link of links) {
    const up = before.get(link.link)?.up === true
    if (up && !link.up)
      setLink(work, { ...(work.draft.links.get(link.link) ?? { ...fresh, ...link }), learning: undefined })
    if (!link.up || up) continue
    startLearning(
      work,
      link.link,
      peersOn(work, link.link).map(peer => peer.node),
    )
  }
  reviewAll(work)
}

/** The election or the services changed. */
export const onWanted = (work: Work, wanted: readonly Wanted[]): void => {
  const vips = new Map(wanted.map(entry => [entry.vip, entry]))
  for (const seat of [...work.draft.seats.values()]) {
    const next = vips.get(seat.vip)
    if (next !== undefined && next.link === seat.link) continue
    stop(work, seat, { reason: "ML366", facts: {}, other: undefined })
    dropSeat(work, seat.vip)
  }
  for (const entry of vips.values()) {
    const known = work.draft.seats.get(entry.vip)
    if (known !== undefined && sameWanted(known, entry)) continue
    const precedence = /^[0-9a-f]{16}$/.test(entry.precedence) ? entry.precedence : "f".repeat(16)
    setSeat(work, { ...(known ?? emptySeat(work, entry)), ...entry, precedence, doubtful: entry.doubtful ?? [] })
    review(work, entry.vip)
  }
}

const sameWanted = (seat: Seat, { ranking, precedence, doubtful }: Wanted): boolean =>
  seat.precedence === precedence && sameNames(seat.ranking, ranking) && sameNames(seat.doubtful ?? [], doubtful ?? [])

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, at) => name === b[at])

const emptySeat = (work: Work, wanted: Wanted): Seat => ({
  ...wanted,
  key: claimKey(wanted.link, wanted.vip),
  mine: "no",
  since: work.now,
  absent: undefined,
  leftTo: undefined,
  vacantSince: undefined,
  firstSince: undefined,
  holdSince: undefined,
  contestedAt: undefined,
  reason: "ML378",
  facts: {},
  dueAt: undefined,
})

/** How many in the order after the owner look for themselves when it falls silent. */
const successors = 3

type Told = {
  readonly node: string
  readonly link: string
  readonly vip: string
  readonly near: boolean
  readonly alone: boolean
}

/**
 * Tells the detector, for each node, one VIP that it claims on the link, and whether this speaker is among the next to take
 * any of them: those ask the wire themselves. Claims of nodes that are known to be gone count no more.
 */
export const tellDetector = (work: Work): void => {
  const found = new Map<string, Told>()
  for (const seat of work.draft.seats.values()) {
    if (seat.mine !== "no") continue
    const owners = claimantsOf(work, seat).filter(
      claimant => !claimant.weak && work.draft.gone.get(keyOf(claimant.node, seat.link))?.own !== true,
    )
    for (const { node } of owners) {
      const key = keyOf(node, seat.link)
      const told = { node, link: seat.link, vip: seat.vip, near: isNear(work, seat, node), alone: owners.length === 1 }
      const known = found.get(key)
      if (known === undefined || betterToAsk(told, known)) found.set(key, told)
    }
  }
  for (const [key, { node, link, vip, near }] of found) {
    const told = work.draft.told.get(key)
    if (told?.vip !== vip || told.near !== near) {
      work.effects.push({ type: "owns", node, link, vip, near, mac: work.draft.shelves.get(key)?.mac })
    }
  }
  for (const key of work.draft.told.keys()) {
    if (found.has(key)) continue
    const space = key.indexOf(" ")
    const [node, link] = [key.slice(0, space), key.slice(space + 1)]
    work.effects.push({ type: "owns", node, link, vip: undefined, near: false, mac: undefined })
  }
  work.draft.told = new Map([...found].map(([key, { vip, near }]) => [key, { vip, near }]))
  tellWatched(work)
}

/** Whether the nodes that this speaker stands in for still answer for themselves is the detector's to find out. */
const tellWatched = (work: Work): void => {
  const watched = new Map<string, string>()
  for (const { mine, absent, link } of work.draft.seats.values()) {
    if (absent === undefined || mine === "no") continue
    const key = keyOf(absent.node, link)
    watched.set(key, absent.mac)
    if (work.draft.watched.get(key) !== absent.mac)
      work.effects.push({ type: "watch", node: absent.node, link, mac: absent.mac })
  }
  for (const key of work.draft.watched.keys()) {
    const [node = "", link = ""] = key.split(" ")
    if (!watched.has(key)) work.effects.push({ type: "watch", node, link, mac: undefined })
  }
  work.draft.watched = watched
}

/** A VIP that this speaker may take, that nobody else claims, the lowest of those. */
const betterToAsk = (a: Told, b: Told): boolean => {
  if (a.near !== b.near) return a.near
  if (a.alone !== b.alone) return a.alone
  return a.vip < b.vip
}

const isNear = (work: Work, seat: Seat, owner: string): boolean => {
  const claimants = claimantsOf(work, seat)
  const { gone, self } = work.draft
  let before = 0
  for (const node of seat.ranking) {
    if (node === self) return true
    const passed = claimants.some(claimant => claimant.node === node && claimant.weak)
    if (node === owner || passed || (gone.size > 0 && gone.has(keyOf(node, seat.link)))) continue
    before += 1
    if (before === successors) return false
  }
  return false
}
