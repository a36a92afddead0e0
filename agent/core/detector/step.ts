import type { Crypto } from "../crypto.ts"
import { connectionDue, onConnection, ring } from "./connection.ts"
import { expectedOf, isTold, sameExpected } from "./expected.ts"
import { onFrame, onHeard, onMessage } from "./hearing.ts"
import { dueAt, earliest, type Gone, type Pair } from "./pair.ts"
import { continueWatching, grantTime, onWatch } from "./path.ts"
import { continueAsking, startAsking } from "./questions.ts"
import { onLinks, onOwns, onPeers, setTargets } from "./roster.ts"
import type { DetectorEffect, DetectorEvent, DetectorState } from "./state.ts"
import type { Millis } from "./timings.ts"
import { sendCopies, setPair, tell, type Work } from "./work.ts"

export type Detected = {
  readonly next: DetectorState
  readonly effects: readonly DetectorEffect[]
  /** When to step with "wake"; undefined: nothing is waited for. */
  readonly wakeAt: Millis | undefined
}

/**
 * Who can no longer answer for its VIPs, and how sure is that? One step of the detector: what happened at `now` (monotonic)
 * gives the next state and what is to be done. Whatever has arrived on the sockets is to be stepped before a "wake" is, and the last
 * of the heartbeats that are expected before any event.
 */
export const detectorStep = (state: DetectorState, event: DetectorEvent, now: Millis, crypto: Crypto): Detected => {
  const work: Work = { draft: { ...state }, effects: [], now }
  handle(work, event, crypto)
  expect(work)
  return { next: work.draft, effects: work.effects, wakeAt: wakeAt(work.draft, now) }
}

const handle = (work: Work, event: DetectorEvent, crypto: Crypto): void => {
  if (event.type === "peers") onPeers(work, event.peers, crypto)
  else if (event.type === "links") onLinks(work, event.links, crypto)
  else if (event.type === "owns") onOwns(work, event)
  else if (event.type === "message") onMessage(work, event)
  else if (event.type === "heard") onHeard(work, event.beats)
  else if (event.type === "frame") onFrame(work, event)
  else if (event.type === "connection") onConnection(work, event.node, event.state)
  else if (event.type === "watch") onWatch(work, event)
  else if (event.type === "stalled") onStall(work)
  else if (event.type === "leave") {
    work.draft.leaving = true
    setTargets(work, [])
  } else {
    sendCopies(work)
    continueWatching(work)
    for (const { node, boot } of work.draft.expected) ring(work, node, boot)
    for (const pair of work.draft.pairs.values()) onDue(work, pair)
  }
}

const expect = (work: Work): void => {
  const expected = expectedOf(work.draft)
  if (sameExpected(expected, work.draft.expected)) return
  work.draft.expected = expected
  work.effects.push({ type: "expect", expected })
}

/** What arrived while the loop stood still has not been read, so questions that are out get their time again. */
const onStall = (work: Work): void => {
  const { grace, askFor } = work.draft.timings
  work.draft.graceUntil = work.now + grace
  grantTime(work)
  for (const pair of work.draft.pairs.values()) {
    if (pair.phase.name === "asking") {
      setPair(work, { ...pair, phase: { ...pair.phase, nextAt: work.now, until: work.now + grace + askFor } })
    }
  }
}

const onDue = (work: Work, pair: Pair): void => {
  const { now, draft } = work
  const due = pairDue(draft, pair)
  if (due === undefined || due > now) return
  const { phase } = pair
  if (phase.name === "asking") continueAsking(work, { ...pair, phase })
  else if (phase.name === "quiet") startAsking(work, pair, pair.beatAt === undefined ? "membership" : "silence")
  else if (phase.name === "excused" || phase.name === "cut-off") lookAgain(work, pair)
  else if (phase.until !== undefined && phase.until <= now) forgetHearsay(work, { ...pair, phase })
  else renew(work, { ...pair, phase })
}

/** Tells the verdict again, until the membership says the same. */
const renew = (work: Work, pair: Pair & { readonly phase: Gone }): void => {
  const { draft, now } = work
  const { phase } = pair
  const alive = draft.peers.get(pair.node)?.alive === true
  const renewAt = alive ? now + draft.timings.renew : undefined
  setPair(work, { ...pair, phase: { ...phase, renewAt } })
  if (alive && pair.boot !== undefined) {
    tell(work, pair.link, { type: "verdict", about: pair.node, boot: pair.boot, gone: phase.gone })
  }
}

/** An excuse ran out, or this speaker was cut off: if there is still reason to ask, it asks. */
const lookAgain = (work: Work, pair: Pair): void => {
  const dead = work.draft.peers.get(pair.node)?.alive === false
  if (pair.beatAt !== undefined) startAsking(work, pair, "silence")
  else if (dead && pair.near) startAsking(work, pair, "membership")
  else setPair(work, { ...pair, phase: { name: "quiet" } })
}

const forgetHearsay = (work: Work, pair: Pair & { readonly phase: Gone }): void => {
  const dead = work.draft.peers.get(pair.node)?.alive === false
  setPair(work, { ...pair, phase: dead ? { ...pair.phase, until: undefined } : { name: "quiet" } })
}

/**
 * A node that spoke although the membership believes it dead, and whose heartbeats go elsewhere: nobody would tell this
 * successor of its end, so it looks for itself.
 */
const dueIfUnwatched = (state: DetectorState, pair: Pair): Millis | undefined => {
  const unwatched = pair.phase.name === "quiet" && pair.near && state.peers.get(pair.node)?.alive === false
  return unwatched && pair.aliveAt !== undefined ? pair.aliveAt + state.timings.excuseMost : undefined
}

/** Nothing that waits for silence is due while the grace after a stall lasts. */
const pairDue = (state: DetectorState, pair: Pair): Millis | undefined => {
  if (state.links.get(pair.link)?.up !== true && pair.phase.name !== "gone") return undefined
  const due = dueAt(pair, state.timings) ?? dueIfUnwatched(state, pair)
  const waits = pair.phase.name === "quiet" || pair.phase.name === "excused"
  return due !== undefined && waits ? Math.max(due, state.graceUntil) : due
}

const wakeAt = (state: DetectorState, now: Millis): Millis | undefined => {
  let least: Millis | undefined
  for (const pair of state.pairs.values()) {
    if (!isTold(state, pair, now)) least = earliest(least, pairDue(state, pair))
  }
  for (const { node, boot } of state.expected) least = earliest(least, connectionDue(state.connections.get(node), boot))
  for (const copy of state.copies) least = earliest(least, ...copy.at)
  for (const path of state.paths.values()) least = earliest(least, path.askAt)
  return least
}
