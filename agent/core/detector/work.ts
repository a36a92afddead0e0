import type { DetectorMessage } from "./message.ts"
import { keyOf, type Pair } from "./pair.ts"
import { type LinkId, type Peer, pathTo } from "./peer.ts"
import type { Copy, DetectorEffect, DetectorState } from "./state.ts"
import type { Millis } from "./timings.ts"

/** One step in progress: fields of the state are replaced, never changed in place, and effects are collected in order. */
export type Work = {
  readonly draft: { -readonly [Field in keyof DetectorState]: DetectorState[Field] }
  readonly effects: DetectorEffect[]
  readonly now: Millis
}

export const pairOf = (work: Work, node: string, link: LinkId): Pair | undefined =>
  work.draft.pairs.get(keyOf(node, link))

/** Replaces a pair. One that is quiet or excused lives, and the ownership hears of it if it was told otherwise. */
export const setPair = (work: Work, pair: Pair): void => {
  const { node, link, phase, held } = pair
  const back = held !== undefined && (phase.name === "quiet" || phase.name === "excused")
  if (back) work.effects.push({ type: "back", node, link, reason: "ML356" })
  work.draft.pairs = new Map(work.draft.pairs).set(keyOf(node, link), back ? { ...pair, held: undefined } : pair)
}

/** Sends to one peer about a link, over that link where both ends have it and it is up, else over another shared one. */
export const say = (work: Work, peer: Peer, link: LinkId, message: DetectorMessage): void => {
  const usable = (at: LinkId) => work.draft.links.get(at)?.up === true
  const via = [link, ...peer.links.map(path => path.link)].find(at => usable(at) && pathTo(peer, at) !== undefined)
  if (via !== undefined) work.effects.push({ type: "send", to: peer.node, link, via, message })
}

/** Sends to every living peer, and to the one that the message is about, whatever the membership says of it. */
export const sayToAll = (work: Work, link: LinkId, message: DetectorMessage): void => {
  const about = message.type === "heartbeat" || message.type === "bye" ? undefined : message.about
  for (const peer of work.draft.peers.values()) {
    if (peer.alive || peer.node === about) say(work, peer, link, message)
  }
}

/** Sends to all now and, as a datagram may be lost, twice more. An older copy about the same pair is replaced. */
export const tell = (work: Work, link: LinkId, message: DetectorMessage & { readonly about: string }): void => {
  sayToAll(work, link, message)
  const others = work.draft.copies.filter(copy => !(copy.link === link && subject(copy) === message.about))
  const at = work.draft.timings.copies.map(gap => work.now + gap)
  work.draft.copies = [...others, { link, message, at }]
}

/** Sends the copies that are due. */
export const sendCopies = (work: Work): void => {
  const due = work.draft.copies.filter(copy => copy.at.some(at => at <= work.now))
  if (due.length === 0) return
  for (const copy of due) sayToAll(work, copy.link, copy.message)
  work.draft.copies = work.draft.copies
    .map(copy => ({ ...copy, at: copy.at.filter(at => at > work.now) }))
    .filter(copy => copy.at.length > 0)
}

const subject = ({ message }: Copy): string | undefined => ("about" in message ? message.about : undefined)
