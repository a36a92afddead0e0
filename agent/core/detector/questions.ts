import { goneReasons, judge } from "./judge.ts"
import type { GoneKind } from "./message.ts"
import { type Asking, asking, excuse, type Pair } from "./pair.ts"
import { pathTo } from "./peer.ts"
import { routersOn } from "./routers.ts"
import { heardSince } from "./voices.ts"
import { sayToAll, setPair, tell, type Work } from "./work.ts"

/** How many others are asked for, besides routers, to learn whether this end of the link hears anything. */
const witnesses = 3

/** Turns to the wire about one node, unless that is being done. */
export const startAsking = (work: Work, pair: Pair, cause: Asking["cause"]): void => {
  if (pair.phase.name === "asking" || work.draft.links.get(pair.link)?.up !== true) return
  ask(work, { ...pair, phase: asking(cause, work.now, work.draft.timings) })
}

/** Sends the next round of questions, or concludes when the time is over. */
export const continueAsking = (work: Work, pair: Pair & { readonly phase: Asking }): void => {
  const { phase } = pair
  const over = phase.until <= work.now
  if (over && phase.nodeAnswered && !phase.longer) {
    ask(work, { ...pair, phase: { ...phase, longer: true, until: phase.until + work.draft.timings.askLonger } })
  } else if (over) conclude(work, pair)
  else if (phase.nextAt <= work.now) ask(work, pair)
}

const ask = (work: Work, pair: Pair & { readonly phase: Asking }): void => {
  const { phase, link, node } = pair
  const peer = work.draft.peers.get(node)
  const own = peer && pathTo(peer, link)?.address
  const others = phase.cause === "suspected" ? [] : witnessesOf(work, pair)
  const addresses = [pair.vip, own, ...others].filter(address => address !== undefined)
  if (addresses.length > 0) work.effects.push({ type: "ask", link, addresses })
  if ((phase.cause === "silence" || phase.cause === "connection") && pair.boot !== undefined) {
    sayToAll(work, link, { type: "suspect", about: node, boot: pair.boot })
  }
  setPair(work, { ...pair, phase: { ...phase, nextAt: work.now + work.draft.timings.askEvery } })
}

/** Routers and a few nodes: if any of them answers, this end of the link hears. */
export const witnessesOf = (work: Work, pair: Pair): readonly string[] => {
  const link = work.draft.links.get(pair.link)
  const nodes = [...work.draft.peers.values()]
    .filter(peer => peer.alive && peer.node !== pair.node)
    .sort((a, b) => (a.node < b.node ? -1 : 1))
    .flatMap(peer => pathTo(peer, pair.link)?.address ?? [])
    .slice(0, witnesses)
  return link === undefined ? nodes : [...routersOn(link, work.draft.peers.values()), ...nodes]
}

/** Judges by what the wire said (judge.ts), and tells the others where it was this watcher that missed the heartbeats. */
export const conclude = (work: Work, pair: Pair & { readonly phase: Asking }): void => {
  const { node, link, phase } = pair
  const { timings, peers, voices } = work.draft
  const peer = peers.get(node)
  const address = peer && pathTo(peer, link)
  const verdict = judge({
    vip: pair.vip === undefined ? "none" : (phase.vipAnswered ?? "silent"),
    node: phase.nodeAnswered ? "answers" : address === undefined ? "unknown" : "silent",
    thirdParty: heardSince(voices, link, work.now - timings.voice, [node, pair.mac]),
  })
  if (verdict.kind === "path-broken") {
    setPair(work, excuse(pair, work.now, timings))
    work.effects.push({ type: "count", node, link, reason: verdict.reason })
    return
  }
  if (verdict.kind === "cut-off") {
    setPair(work, { ...pair, phase: { name: "cut-off", until: work.now + timings.renew } })
    work.effects.push({ type: "count", node, link, reason: verdict.reason })
    return
  }
  const watcher = phase.cause === "silence" || phase.cause === "connection"
  declareGone(work, pair, verdict.gone, watcher)
}

/** This speaker knows by itself that the node answers no more. `watcher`: it tells the others, again and again. */
export const declareGone = (work: Work, pair: Pair, gone: GoneKind, watcher: boolean): void => {
  const { node, link, boot } = pair
  const renewAt = watcher ? work.now + work.draft.timings.renew : undefined
  const phase = { name: "gone", gone, own: true, since: work.now, renewAt, until: undefined } as const
  setPair(work, { ...pair, held: "own", phase })
  work.effects.push({ type: "gone", node, link, boot, gone, own: true, reason: goneReasons[gone] })
  if (watcher && boot !== undefined) tell(work, link, { type: "verdict", about: node, boot, gone })
}
