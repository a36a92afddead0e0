import { keyOf } from "./pair.ts"
import { type LinkId, type NodeName, pathTo } from "./peer.ts"
import { declareGone, witnessesOf } from "./questions.ts"
import type { Millis } from "./timings.ts"
import { heardSince } from "./voices.ts"
import { pairOf, type Work } from "./work.ts"

/** A node whose speaker is away and in whose name this one answers: it must go on answering for itself, or nothing gets through. */
export type Path = {
  readonly node: NodeName
  readonly link: LinkId
  /** What its answers carry; those of another station do not count. */
  readonly mac: string
  /** The last answer, at first the beginning: what led to it was a sign of life too. */
  readonly answeredAt: Millis
  /** The last question, at first the beginning. */
  readonly askedAt: Millis
  readonly askAt: Millis
}

/** Begins to ask, or ends where `mac` is undefined. */
export const onWatch = (
  work: Work,
  { node, link, mac }: { readonly node: NodeName; readonly link: LinkId; readonly mac: string | undefined },
): void => {
  const paths = new Map(work.draft.paths)
  if (mac === undefined) paths.delete(keyOf(node, link))
  else paths.set(keyOf(node, link), { node, link, mac, answeredAt: work.now, askedAt: work.now, askAt: work.now })
  work.draft.paths = paths
  continueWatching(work)
}

/** The node itself said at `at` that it has its address. */
export const onOwnAnswer = (work: Work, link: LinkId, mac: string, address: string, at: Millis): void => {
  for (const path of work.draft.paths.values()) {
    const own = addressOf(work, path)
    if (path.link === link && path.mac === mac && own === address)
      set(work, { ...path, answeredAt: Math.max(path.answeredAt, at) })
  }
}

/** Nothing was read while the loop stood still, so the answers get their time again. */
export const grantTime = (work: Work): void => {
  for (const path of work.draft.paths.values())
    set(work, { ...path, answeredAt: work.now, askedAt: work.now, askAt: work.now })
}

/** Sends what is due, and concludes where a node was silent for too long while others were heard. */
export const continueWatching = (work: Work): void => {
  for (const path of work.draft.paths.values()) if (path.askAt <= work.now) ask(work, path)
}

const ask = (work: Work, path: Path): void => {
  const { node, link, mac, answeredAt, askedAt } = path
  const { pathSilence, pathEvery, askEvery, voice } = work.draft.timings
  const silent = work.now - answeredAt
  const pair = pairOf(work, node, link)
  // Nobody to ask, or no way: looked at again, and never in a hurry.
  if (pair === undefined || work.draft.links.get(link)?.up !== true) {
    set(work, { ...path, askAt: work.now + pathEvery })
    return
  }
  if (silent >= pathSilence && heardSince(work.draft.voices, link, work.now - voice, [node, mac])) {
    onWatch(work, { node, link, mac: undefined })
    declareGone(work, pair, "node", pair.phase.name === "gone" && pair.phase.renewAt !== undefined)
    return
  }
  const own = addressOf(work, path)
  if (own !== undefined) work.effects.push({ type: "ask", link, addresses: [own], mac })
  // Without an answer the others are asked too: is it that node, or this end of the link?
  const missed = answeredAt < askedAt
  const others = missed ? witnessesOf(work, pair) : []
  if (others.length > 0) work.effects.push({ type: "ask", link, addresses: others })
  set(work, { ...path, askedAt: work.now, askAt: work.now + (missed ? askEvery : pathEvery) })
}

const addressOf = (work: Work, { node, link }: Path): string | undefined => {
  const peer = work.draft.peers.get(node)
  return peer && pathTo(peer, link)?.address
}

const set = (work: Work, path: Path): void => {
  work.draft.paths = new Map(work.draft.paths).set(keyOf(path.node, path.link), path)
}
