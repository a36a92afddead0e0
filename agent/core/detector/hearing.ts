import { lost, ring } from "./connection.ts"
import type { Beat } from "./expected.ts"
import { heardAlive, heardGone, vouchedFor } from "./life.ts"
import type { DetectorMessage } from "./message.ts"
import type { Pair } from "./pair.ts"
import { onOwnAnswer } from "./path.ts"
import type { Peer } from "./peer.ts"
import { conclude, declareGone, startAsking } from "./questions.ts"
import type { DetectorEvent } from "./state.ts"
import type { Millis } from "./timings.ts"
import { hear, heardSince } from "./voices.ts"
import { pairOf, say, setPair, tell, type Work } from "./work.ts"

type MessageEvent = Extract<DetectorEvent, { type: "message" }>
type Word = Exclude<DetectorMessage, { type: "heartbeat" | "bye" }>
type FrameEvent = Extract<DetectorEvent, { type: "frame" }>

/** A signed packet of a known peer. */
export const onMessage = (work: Work, event: MessageEvent): void => {
  const peer = work.draft.peers.get(event.from)
  if (peer === undefined) return
  if (event.via !== undefined) onVoice(work, event.via, event.from, event.at)
  const { message, link, boot } = event
  const sender = pairOf(work, event.from, link)
  if (sender !== undefined && event.via === link) {
    if (message.type === "heartbeat") {
      heardAlive(work, sender, boot, { mac: message.mac, at: event.at })
      ring(work, event.from, boot)
    } else if (message.type === "bye") {
      setPair(work, { ...sender, boot, beatAt: undefined, phase: { name: "quiet" } })
      lost(work, event.from)
    } else if (isNews(work, sender, event.at)) heardAlive(work, sender, boot)
  }
  if (message.type === "heartbeat" || message.type === "bye" || message.type === "other") return
  if (message.about !== work.draft.self) onWord(work, event, peer, message)
  else if (message.boot === work.draft.boot) answerForSelf(work, event, peer)
}

/**
 * Whether a packet that was received at `at` says that its sender lives: it came just now, or after the sender was found to be gone. Without the
 * latter a speaker that is behind with reading would hold somebody for gone for as long as it is, and fight its claims.
 */
const isNews = (work: Work, { phase }: Pair, at: Millis): boolean => {
  const { silence, interval } = work.draft.timings
  return work.now - at < silence || (phase.name === "gone" && at > phase.since + interval)
}

/** Heartbeats that came as expected. */
export const onHeard = (work: Work, beats: readonly Beat[]): void => {
  for (const { node, link, boot, mac, at } of beats) {
    onMessage(work, { type: "message", from: node, boot, link, via: link, at, message: { type: "heartbeat", mac } })
  }
}

/** What another speaker says about a third one. */
const onWord = (work: Work, event: MessageEvent, peer: Peer, message: Word): void => {
  const about = pairOf(work, message.about, event.link)
  if (about === undefined || isOutdated(work, about, message)) return
  const pair = { ...about, boot: message.boot }
  const idle = pair.phase.name === "quiet" || pair.phase.name === "excused"
  if (message.type === "hears") vouchedFor(work, pair)
  else if (message.type === "verdict" && message.gone === "process") {
    if (pair.phase.name !== "gone" || !pair.phase.own) declareGone(work, pair, "process", false)
  } else if (about.boot === message.boot && hearsNow(work, about)) {
    say(work, peer, event.link, { type: "hears", about: about.node, boot: message.boot })
  } else if (message.type === "verdict") {
    heardGone(work, about, message.gone, work.now + work.draft.timings.hearsay)
  } else if (about.near && idle) startAsking(work, about, "suspected")
}

/** Words about a process that is not the node's present one, as its mark says, or that was followed by a later one. */
const isOutdated = (work: Work, pair: Pair, message: Word): boolean => {
  const mark = work.draft.peers.get(pair.node)?.boot
  return mark === undefined ? (pair.boot ?? message.boot) > message.boot : mark !== message.boot
}

/** Any other frame on a link: an answer to a question, or a sign that somebody is there. */
export const onFrame = (work: Work, event: FrameEvent): void => {
  for (const pair of work.draft.pairs.values()) {
    if (pair.link !== event.link || event.address === undefined) continue
    if (pair.phase.name === "asking") onAnswer(work, pair, event, event.address)
    else if (pair.phase.name === "gone" && pair.vip === event.address && pair.mac === event.mac) vouchedFor(work, pair)
  }
  if (event.address !== undefined) onOwnAnswer(work, event.link, event.mac, event.address, event.at)
  onVoice(work, event.link, event.mac, event.at)
}

const onAnswer = (work: Work, pair: Pair, event: FrameEvent, address: string): void => {
  const { phase } = pair
  if (phase.name !== "asking") return
  const peer = work.draft.peers.get(pair.node)
  if (address === pair.vip) {
    const owner = pair.mac === undefined || pair.mac === event.mac
    const answered = { ...phase, vipAnswered: owner ? ("owner" as const) : (phase.vipAnswered ?? ("other" as const)) }
    if (owner) conclude(work, { ...pair, phase: answered })
    else setPair(work, { ...pair, phase: answered })
  } else if (peer?.links.some(path => path.link === pair.link && path.address === address)) {
    setPair(work, { ...pair, phase: { ...phase, nodeAnswered: true } })
  }
}

/** Somebody is there: whoever thought itself cut off asks again. */
const onVoice = (work: Work, link: string, who: string, at: number): void => {
  work.draft.voices = hear(work.draft.voices, link, who, at)
  for (const pair of work.draft.pairs.values()) {
    if (pair.link !== link || pair.phase.name !== "cut-off") continue
    if (!heardSince(work.draft.voices, link, work.now - work.draft.timings.voice, [pair.node, pair.mac])) continue
    startAsking(work, pair, pair.beatAt === undefined ? "membership" : "silence")
  }
}

const answerForSelf = (work: Work, event: MessageEvent, peer: Peer): void => {
  const { message, link } = event
  const alive = { type: "hears", about: work.draft.self, boot: work.draft.boot } as const
  if (work.draft.links.get(link)?.up !== true) return
  if (message.type === "suspect") say(work, peer, link, alive)
  if (message.type === "verdict") tell(work, link, alive)
}

const hearsNow = (work: Work, pair: Pair): boolean =>
  pair.beatAt !== undefined && work.now - pair.beatAt <= work.draft.timings.fresh
