import { handleAlive } from "./alive.ts"
import { handleDead } from "./dead.ts"
import { type Draft, note } from "./draft.ts"
import { type Endpoint, endpointKey } from "./endpoint.ts"
import { openExchange } from "./exchange.ts"
import type { Happened } from "./happening.ts"
import { aliveOf, recordOf } from "./member.ts"
import { isSelf, pickMembers, selfOf } from "./roster.ts"
import { sendMessages } from "./send.ts"
import type { State } from "./state.ts"
import { handleSuspect } from "./suspect.ts"
import type { Millis } from "./time.ts"
import { misunderstood } from "./versions.ts"
import { encodePacketMessage, encodeStreamMessage } from "./wire/encode.ts"
import type { NodeRecord, PushPull } from "./wire/message.ts"

/** Everything that this node knows, to be exchanged for everything that the other one knows. */
const localState = (state: State, join: boolean): PushPull => ({
  kind: "push-pull",
  join,
  records: [...state.members.values()].map(recordOf),
  userState: new Uint8Array(0),
})

/** Begins an exchange of states; `join` where the other node is not known yet. False where too many are under way. */
export const startPushPull = (draft: Draft, to: Endpoint, join: boolean): boolean => {
  const { state, now } = draft
  const purpose = join ? "join" : "sync"
  return openExchange(draft, purpose, to, localState(state, join), now + state.settings.tcpTimeout) !== undefined
}

/** Above this many members the regular exchanges become rarer, so that the traffic of the whole cluster stays bounded. */
const scaleFrom = 32

export const pushPullInterval = ({ settings, members }: State): Millis =>
  members.size <= scaleFrom
    ? settings.pushPullInterval
    : settings.pushPullInterval * (Math.ceil(Math.log2(members.size) - Math.log2(scaleFrom)) + 1)

export const nextPushPull = (state: State): Millis =>
  state.members.size > 1 && state.settings.pushPullInterval > 0 ? state.due.pushPull : Number.POSITIVE_INFINITY

/** The regular exchange with one live member: what gossip has missed is found here. */
export const syncWithOne = (draft: Draft): void => {
  const { state, now } = draft
  if (nextPushPull(state) > now) return
  state.due = { ...state.due, pushPull: now + pushPullInterval(state) }
  const [partner] = pickMembers(draft, 1, member => member.state === "alive" && !isSelf(state, member.name))
  if (partner !== undefined) startPushPull(draft, partner.endpoint, false)
}

/**
 * Somebody sent its state: it gets ours. Ours is told after merging, so that a claim about this node in what was sent is
 * already refuted in the answer.
 */
export const answerPushPull = (draft: Draft, stream: number, from: Endpoint, told: PushPull): Happened => {
  const refused = merge(draft, told, from)
  if (refused !== undefined) {
    draft.effects.push({ kind: "close", stream })
    return refused
  }
  draft.effects.push({ kind: "answer", stream, message: encodeStreamMessage(localState(draft.state, told.join)) })
  return note(draft, "exchange-answered", endpointKey(from))
}

/** The other's state has come. A claim about this node is refuted to the other directly, which may not listen to gossip yet. */
export const finishPushPull = (draft: Draft, from: Endpoint, told: PushPull): Happened => {
  const before = selfOf(draft.state).incarnation
  const refused = merge(draft, told, from)
  if (refused !== undefined) return refused
  const self = selfOf(draft.state)
  if (self.incarnation !== before) sendMessages(draft, from, "", [encodePacketMessage(aliveOf(self))])
  return note(draft, "exchange-done", endpointKey(from))
}

/** The reason where the two clusters cannot understand each other. */
const merge = (draft: Draft, told: PushPull, from: Endpoint): Happened | undefined => {
  const stranger = misunderstood(draft.state.members.values(), told.records)
  if (stranger !== undefined) return note(draft, "exchange-refused-versions", `${stranger} at ${endpointKey(from)}`)
  for (const record of told.records) mergeRecord(draft, record)
  return undefined
}

/** A death that another reports is a suspicion here: the node gets its chance to refute it. */
const mergeRecord = (draft: Draft, record: NodeRecord): void => {
  const { state, ...told } = record
  const { incarnation, node } = told
  if (state === "alive") handleAlive(draft, { kind: "alive", ...told })
  else if (state === "left") handleDead(draft, { kind: "dead", incarnation, node, from: node })
  else handleSuspect(draft, { kind: "suspect", incarnation, node, from: draft.state.config.name })
}
