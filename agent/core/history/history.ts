import type { NodeName } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { SpeakerEffect } from "../ownership/speaker.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Change } from "./change.ts"

/** What became of each address, as one speaker saw it of itself. */
export type History = {
  /** By address, oldest first. BOUNDED: `mostOfOne` of each, `mostOfAll` together. */
  readonly changes: ReadonlyMap<string, readonly Change[]>
  readonly count: number
  /** What the detector found of other nodes, by "node link". BOUNDED by the nodes and links that it watches. */
  readonly gone: ReadonlyMap<string, ReasonCode>
}

export const noHistory: History = { changes: new Map(), count: 0, gone: new Map() }

/** Changes of one address that are kept. */
export const mostOfOne = 50
/** Changes of all addresses together: 120 bytes each in the process and as text, so 0.25 MB. */
export const mostOfAll = 2_048

/** A speaker that is silent while it learns, or that is stood in for, and goes on, is the owner all the time. */
const pauses: readonly ReasonCode[] = ["ML368", "ML379", "ML391", "ML393"]

/** Takes in what the speaker did and found out, in that order; all but changes of owners and deaths is passed over. */
export const recorded = (history: History, effects: readonly SpeakerEffect[], node: NodeName, at: Millis): History => {
  if (!effects.some(isTold)) return history
  const draft = draftOf(history)
  for (const effect of effects) {
    if (effect.type === "gone") draft.gone.set(`${effect.node} ${effect.link}`, effect.reason)
    else if (effect.type === "back") draft.gone.delete(`${effect.node} ${effect.link}`)
    else if (isMove(effect) && isTold(effect)) add(draft, changeOf(effect, draft.gone, node, at))
  }
  return draft
}

const isTold = (effect: SpeakerEffect): boolean =>
  effect.type === "gone" || effect.type === "back" || (isMove(effect) && !pauses.includes(effect.reason))

const isMove = (effect: SpeakerEffect): effect is Move =>
  effect.type === "start" || effect.type === "stop" || effect.type === "stand-in"

/** The history with more changes. */
export const added = (history: History, changes: readonly Change[]): History => {
  const draft = draftOf(history)
  for (const change of changes) add(draft, change)
  return draft
}

/** One copy for many changes: a node that goes away leaves hundreds of addresses at once. */
const draftOf = ({ changes, count, gone }: History) => ({ changes: new Map(changes), count, gone: new Map(gone) })

type Move = Extract<SpeakerEffect, { type: "start" | "stop" | "stand-in" }>

const changeOf = (effect: Move, gone: History["gone"], node: NodeName, at: Millis): Change => {
  const { vip, link, reason } = effect
  const told = { at, vip, node, reason }
  if (effect.type === "stop") {
    return { ...told, did: "stopped", other: effect.to, because: undefined, vacantFor: undefined }
  }
  const foundOf = (other: NodeName | undefined) => (other === undefined ? undefined : gone.get(`${other} ${link}`))
  if (effect.type === "stand-in") {
    const { node: other } = effect
    return { ...told, did: "stood-in", other, because: foundOf(other), vacantFor: undefined }
  }
  const { from, vacantFor } = effect
  const because = foundOf(from)
  return { ...told, did: "started", other: from, because, vacantFor }
}

/** Where there is no room, the address with the most changes loses its oldest. */
const add = (draft: ReturnType<typeof draftOf>, change: Change): void => {
  const before = draft.changes.get(change.vip) ?? []
  draft.changes.set(change.vip, [...before, change].slice(-mostOfOne))
  if (before.length < mostOfOne) draft.count += 1
  if (draft.count <= mostOfAll) return
  const longest = longestOf(draft.changes)
  const rest = (draft.changes.get(longest) ?? []).slice(1)
  if (rest.length > 0) draft.changes.set(longest, rest)
  else draft.changes.delete(longest)
  draft.count -= 1
}

/** Of those with the most changes the one whose oldest is the oldest, so that an address that moves once is remembered. */
const longestOf = (changes: History["changes"]): string => {
  let found = ""
  let most = 0
  let oldest = 0
  for (const [vip, list] of changes) {
    const at = list[0]?.at ?? 0
    if (list.length < most || (list.length === most && (at > oldest || (at === oldest && vip > found)))) continue
    found = vip
    most = list.length
    oldest = at
  }
  return found
}

/** All changes of one address, or of all, oldest first. */
export const changesIn = (history: History, vip?: string): readonly Change[] =>
  vip === undefined
    ? [...history.changes.values()].flat().sort((a, b) => a.at - b.at || (a.vip < b.vip ? -1 : Number(a.vip > b.vip)))
    : (history.changes.get(vip) ?? [])
