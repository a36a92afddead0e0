import type { Crypto } from "../crypto.ts"
import { lost } from "./connection.ts"
import { heardGone } from "./life.ts"
import { keyOf, newPair, type Pair } from "./pair.ts"
import { maxLinks, maxPeers, type OwnLink, type Peer, pathTo } from "./peer.ts"
import { startAsking } from "./questions.ts"
import { watchersOf } from "./ring.ts"
import type { DetectorEvent, Target } from "./state.ts"
import { pairOf, say, setPair, type Work } from "./work.ts"

/** The known speakers changed: pairs and heartbeats follow, and what the membership says of a node is taken as a hint. */
export const onPeers = (work: Work, peers: readonly Peer[], crypto: Crypto): void => {
  const before = work.draft.peers
  const others = [...peers].filter(peer => peer.node !== work.draft.self).sort((a, b) => (a.node < b.node ? -1 : 1))
  work.draft.peers = new Map(others.slice(0, maxPeers).map(peer => [peer.node, peer]))
  for (const node of work.draft.connections.keys()) if (!work.draft.peers.has(node)) lost(work, node)
  rebuild(work, crypto)
  for (const peer of work.draft.peers.values()) {
    const was = before.get(peer.node)?.alive
    if (was === peer.alive) continue
    for (const pair of [...work.draft.pairs.values()].filter(pair => pair.node === peer.node)) {
      if (peer.alive) believeAlive(work, pair)
      else believeDead(work, pair)
    }
  }
}

/** The own links changed. A link that went down or away says nothing about anybody: its pairs start again. */
export const onLinks = (work: Work, links: readonly OwnLink[], crypto: Crypto): void => {
  const kept = [...links].sort((a, b) => (a.link < b.link ? -1 : 1)).slice(0, maxLinks)
  work.draft.links = new Map(kept.map(link => [link.link, link]))
  const up = (link: string) => work.draft.links.get(link)?.up === true
  work.draft.voices = new Map([...work.draft.voices].filter(([link]) => up(link)))
  work.draft.pairs = new Map(
    [...work.draft.pairs].map(([key, pair]) => [
      key,
      up(pair.link) || pair.phase.name === "gone"
        ? pair
        : { ...pair, beatAt: undefined, phase: { name: "quiet" as const } },
    ]),
  )
  rebuild(work, crypto)
}

/** What the ownership knows of the node's VIPs. A successor does not believe hearsay: it asks the wire now. */
export const onOwns = (work: Work, { node, link, vip, near, mac }: Extract<DetectorEvent, { type: "owns" }>): void => {
  const pair = pairOf(work, node, link)
  if (pair === undefined) return
  const next = { ...pair, vip, near, mac: pair.mac ?? mac }
  setPair(work, next)
  const hearsay = next.phase.name === "gone" && !next.phase.own
  const dead = next.phase.name === "quiet" && work.draft.peers.get(node)?.alive === false
  if (near && (hearsay || dead)) startAsking(work, next, "membership")
}

const believeAlive = (work: Work, pair: Pair): void => {
  if (pair.phase.name === "gone" && !pair.phase.own) setPair(work, { ...pair, phase: { name: "quiet" } })
}

/** A node whose heartbeats are heard lives, whatever the membership says. */
const believeDead = (work: Work, pair: Pair): void => {
  const heard = pair.beatAt !== undefined && work.now - pair.beatAt < work.draft.timings.silence
  if (!heard || pair.phase.name === "gone") heardGone(work, pair, "node", undefined)
}

/** Pairs for every peer on every shared link; heartbeats to the nodes that follow on the ring, a goodbye to those that did. */
const rebuild = (work: Work, crypto: Crypto): void => {
  const { peers, links, self } = work.draft
  const pairs = new Map<string, Pair>()
  for (const peer of peers.values()) {
    for (const link of links.keys()) {
      const key = keyOf(peer.node, link)
      if (pathTo(peer, link)) pairs.set(key, work.draft.pairs.get(key) ?? newPair(peer.node, link))
    }
  }
  work.draft.pairs = pairs
  const targets: Target[] = []
  for (const peer of watchersOf(self, [...peers.values()], crypto)) {
    for (const link of links.values()) {
      const path = pathTo(peer, link.link)
      if (path !== undefined && link.up) targets.push({ node: peer.node, link: link.link, address: path.address })
    }
  }
  if (!work.draft.leaving) setTargets(work, targets)
}

/** Heartbeats go to these from now on; whoever got them before is told to expect none. */
export const setTargets = (work: Work, targets: readonly Target[]): void => {
  if (same(targets, work.draft.targets)) return
  for (const old of work.draft.targets) {
    const peer = work.draft.peers.get(old.node)
    if (peer !== undefined && !targets.some(target => target.node === old.node && target.link === old.link)) {
      say(work, peer, old.link, { type: "bye" })
    }
  }
  work.draft.targets = targets
  work.effects.push({ type: "heartbeats", targets })
}

const same = (a: readonly Target[], b: readonly Target[]): boolean =>
  a.length === b.length &&
  a.every((target, at) => {
    const other = b[at]
    return target.node === other?.node && target.link === other.link && target.address === other.address
  })
