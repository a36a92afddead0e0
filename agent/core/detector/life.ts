import type { GoneKind } from "./message.ts"
import { excuse, type Pair } from "./pair.ts"
import { startAsking } from "./questions.ts"
import { setPair, tell, type Work } from "./work.ts"

/**
 * A process of the node was heard on the link. Only heartbeats (`beat`) come regularly. One that was received long ago and
 * is read only now, after a stall, is no sign that the node still lives.
 */
export const heardAlive = (
  work: Work,
  pair: Pair,
  boot: number,
  beat?: { readonly mac: string; readonly at: number },
): void => {
  // A process that has not sent a heartbeat yet is not late with it, whatever the one before it sent.
  const beatAt = pair.boot === boot ? pair.beatAt : undefined
  const known = { ...pair, boot, beatAt, ...(beat && { beatAt: later(pair, boot, beat.at), mac: beat.mac }) }
  const late = beat !== undefined && work.now - beat.at >= work.draft.timings.silence
  if (late) setPair(work, { ...known, boot: pair.boot ?? boot })
  else if (beat !== undefined) settle(work, { ...known, excuses: 0 }, false)
  else settle(work, known, pair.beatAt !== undefined && pair.boot === boot)
}

/** Somebody else hears that process, or it is itself that speaks by another way. */
export const vouchedFor = (work: Work, pair: Pair): void => settle(work, pair, true)

/**
 * Ends whatever suspicion there was; `excused`: its heartbeats still do not come, so it is looked at again soon.
 * What a process sent before it was killed may arrive after the news of its end.
 */
const settle = (work: Work, pair: Pair, excused: boolean): void => {
  const { node, link, phase } = pair
  const afterglow =
    phase.name === "gone" && phase.gone === "process" && work.now - phase.since < work.draft.timings.interval
  if (afterglow) return
  if (phase.name === "gone" && phase.renewAt !== undefined && pair.boot !== undefined) {
    tell(work, link, { type: "hears", about: node, boot: pair.boot })
  }
  if (excused && phase.name === "asking") work.effects.push({ type: "count", node, link, reason: "ML350" })
  const lives = { ...pair, aliveAt: work.now }
  if (!excused) setPair(work, { ...lives, phase: { name: "quiet" } })
  else if (phase.name === "quiet" || phase.name === "excused") setPair(work, lives)
  else setPair(work, excuse(lives, work.now, work.draft.timings))
}

/** Others say that the node is gone. Whoever may take its VIPs looks for itself; the rest pass it over meanwhile. */
export const heardGone = (work: Work, pair: Pair, gone: GoneKind, until: number | undefined): void => {
  const { node, link, boot, phase } = pair
  if (phase.name === "asking" || (phase.name === "gone" && phase.own)) return
  if (pair.near) {
    startAsking(work, pair, until === undefined ? "membership" : "suspected")
    return
  }
  if (pair.held === undefined) {
    work.effects.push({ type: "gone", node, link, boot, gone, own: false, reason: "ML357" })
  }
  const since = phase.name === "gone" ? phase.since : work.now
  const told = { name: "gone", gone, own: false, since, renewAt: undefined, until } as const
  setPair(work, { ...pair, held: pair.held ?? "told", phase: told })
}

const later = (pair: Pair, boot: number, at: number): number =>
  pair.boot === boot ? Math.max(at, pair.beatAt ?? at) : at
