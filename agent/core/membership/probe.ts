import { changeAwareness, scaledByAwareness } from "./awareness.ts"
import { type Draft, note } from "./draft.ts"
import { openExchange } from "./exchange.ts"
import type { Happened } from "./happening.ts"
import { isLive, type Member, speaks } from "./member.ts"
import { isSelf, newRound, pickMembers, selfOf } from "./roster.ts"
import { sendMessages, sendWithBroadcasts } from "./send.ts"
import type { State } from "./state.ts"
import { handleSuspect } from "./suspect.ts"
import type { Millis } from "./time.ts"
import { encodePacketMessage } from "./wire/encode.ts"
import type { Ping, Source } from "./wire/message.ts"

/** The one probe that is under way: a ping; on silence pings through others and over TCP; then a suspicion. */
export type Probe = {
  readonly sequence: number
  readonly node: string
  /** At its start, so that a node that has meanwhile refuted something is not accused again. */
  readonly incarnation: number
  /** When others are asked to help; undefined once they were. */
  readonly indirectAt: Millis | undefined
  readonly deadline: Millis
  readonly nacksWanted: number
  readonly nacks: number
  /** The number of its exchange once TCP is tried, and whether that was answered. */
  readonly tcp: number | undefined
  readonly tcpAnswered: boolean
}

export const nextSequence = ({ state }: Draft): number => {
  state.sequence = (state.sequence + 1) >>> 0
  return state.sequence
}

/** Where this node wants its answers. */
export const sourceOf = (state: State): Source => {
  const self = selfOf(state)
  return { address: self.address, port: self.endpoint.port, name: self.name }
}

export const nextProbeStep = ({ probe, due, members, settings }: State): Millis => {
  if (probe !== undefined) return Math.min(probe.indirectAt ?? probe.deadline, probe.deadline)
  return members.size > 1 && settings.probeInterval > 0 ? due.probe : Number.POSITIVE_INFINITY
}

/** Everything about probing that is due: help, a verdict, the next probe. */
export const continueProbing = (draft: Draft): void => {
  const { state, now } = draft
  const { probe } = state
  if (probe?.indirectAt !== undefined && probe.indirectAt <= now) askOthers(draft, probe)
  if (state.probe !== undefined && state.probe.deadline <= now) fail(draft, state.probe)
  if (state.probe === undefined && nextProbeStep(state) <= now) start(draft)
}

const start = (draft: Draft): Happened => {
  const { state, now } = draft
  state.due = { ...state.due, probe: now + state.settings.probeInterval }
  const target = nextTarget(draft)
  if (target === undefined) return note(draft, "probe-skipped")
  const sequence = nextSequence(draft)
  const deadline = now + scaledByAwareness(draft, state.settings.probeInterval)
  state.probe = {
    sequence,
    node: target.name,
    incarnation: target.incarnation,
    indirectAt: now + state.settings.probeTimeout,
    deadline,
    nacksWanted: 0,
    nacks: 0,
    tcp: undefined,
    tcpAnswered: false,
  }
  sendPing(draft, target, pingOf(draft, state.probe))
  return note(draft, "probe-started", target.name)
}

const pingOf = ({ state }: Draft, probe: Probe): Ping => ({
  kind: "ping",
  sequence: probe.sequence,
  node: probe.node,
  source: sourceOf(state),
})

/** A suspect gets the accusation together with the ping, so that it can refute as early as possible. */
const sendPing = (draft: Draft, target: Member, ping: Ping): void => {
  if (target.state === "alive") {
    sendWithBroadcasts(draft, target.endpoint, target.name, ping)
    return
  }
  const from = draft.state.config.name
  const suspect = { kind: "suspect", incarnation: target.incarnation, node: target.name, from } as const
  sendMessages(draft, target.endpoint, target.name, [encodePacketMessage(ping), encodePacketMessage(suspect)])
}

/** Suspects of others first, then the next live one of the round; a round that ends begins anew. */
const nextTarget = (draft: Draft): Member | undefined => {
  const { state } = draft
  const fits = (name: string | undefined): Member | undefined => {
    const member = name === undefined ? undefined : state.members.get(name)
    return member !== undefined && isLive(member) && !isSelf(state, member.name) ? member : undefined
  }
  while (state.urgent.length > 0) {
    const member = fits(state.urgent[0])
    state.urgent = state.urgent.slice(1)
    if (member !== undefined) return member
  }
  for (let tries = state.order.length; tries >= 0; tries -= 1) {
    if (state.cursor >= state.order.length) newRound(draft)
    const member = fits(state.order[state.cursor])
    state.cursor += 1
    if (member !== undefined) return member
  }
  return undefined
}

const askOthers = (draft: Draft, probe: Probe): void => {
  const { state, now } = draft
  const target = state.members.get(probe.node)
  if (target === undefined) {
    state.probe = undefined
    return
  }
  const others = pickMembers(
    draft,
    state.settings.indirectChecks,
    m => m.state === "alive" && m.name !== target.name && !isSelf(state, m.name),
  )
  for (const other of others)
    sendWithBroadcasts(draft, other.endpoint, other.name, {
      kind: "indirect-ping",
      sequence: probe.sequence,
      target: target.address,
      port: target.endpoint.port,
      node: target.name,
      nack: speaks(other, "nack"),
      source: sourceOf(state),
    })
  if (state.settings.eager) sendPing(draft, target, pingOf(draft, probe))
  note(draft, "probe-indirect", target.name)
  state.probe = {
    ...probe,
    indirectAt: undefined,
    nacksWanted: others.filter(other => speaks(other, "nack")).length,
    tcp: probe.deadline > now ? pingOverTcp(draft, target, probe) : undefined,
  }
}

/** A node that TCP reaches is not dead, whatever happens to its UDP. */
const pingOverTcp = (draft: Draft, target: Member, probe: Probe): number | undefined => {
  if (draft.state.settings.disableTcpPings || !speaks(target, "tcp-ping")) return undefined
  return openExchange(draft, "probe", target.endpoint, pingOf(draft, probe), probe.deadline)
}

/** Undefined where the ack was not for our probe. */
export const handleProbeAck = (draft: Draft, sequence: number): Happened | undefined => {
  const { probe } = draft.state
  if (probe?.sequence !== sequence) return undefined
  draft.state.probe = undefined
  changeAwareness(draft, -1)
  return note(draft, "probe-answered", probe.node)
}

export const handleProbeNack = (draft: Draft, sequence: number): Happened => {
  const { probe } = draft.state
  if (probe?.sequence !== sequence) return note(draft, "nack-unexpected")
  draft.state.probe = { ...probe, nacks: probe.nacks + 1 }
  return note(draft, "nack-heard", probe.node)
}

/** UDP still has until the deadline; only then does the answer over TCP count. */
export const handleTcpAck = (draft: Draft, exchange: number, sequence: number): Happened => {
  const { probe } = draft.state
  if (probe?.tcp !== exchange || probe.sequence !== sequence) return note(draft, "ack-unexpected")
  draft.state.probe = { ...probe, tcpAnswered: true }
  return note(draft, "probe-answered-over-tcp", probe.node)
}

const fail = (draft: Draft, probe: Probe): Happened => {
  draft.state.probe = undefined
  if (probe.tcpAnswered) {
    changeAwareness(draft, -1)
    return note(draft, "probe-answered-over-tcp-only", probe.node)
  }
  // Helpers that said nothing at all point at this node; helpers that got no answer either point at the target.
  changeAwareness(draft, probe.nacksWanted > 0 ? Math.max(0, probe.nacksWanted - probe.nacks) : 1)
  note(draft, "probe-failed", probe.node)
  const from = draft.state.config.name
  return handleSuspect(draft, { kind: "suspect", incarnation: probe.incarnation, node: probe.node, from })
}
