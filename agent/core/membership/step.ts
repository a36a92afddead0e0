import { handleAlive } from "./alive.ts"
import { handleTick } from "./clockwork.ts"
import { handleDead } from "./dead.ts"
import { type Draft, draftOf, note } from "./draft.ts"
import type { Effect } from "./effect.ts"
import { type Endpoint, endpointKey } from "./endpoint.ts"
import type { MembershipEvent } from "./event.ts"
import { closeExchange } from "./exchange.ts"
import type { Happened, Happening } from "./happening.ts"
import { finishLeave, handleLeave } from "./leave.ts"
import { hasMark } from "./mark.ts"
import { refreshMode } from "./mode.ts"
import { handleProbeAck, handleProbeNack, handleTcpAck } from "./probe.ts"
import { answerPushPull, finishPushPull } from "./push-pull.ts"
import { forgetTries, handlePeers, refreshReconnect } from "./reconnect.ts"
import { tellOfSelf } from "./refute.ts"
import { handleIndirectPing, handlePing, handleRelayAck, isForUs } from "./relay.ts"
import { selfOf } from "./roster.ts"
import { handleSay } from "./say.ts"
import type { State } from "./state.ts"
import { handleSuspect } from "./suspect.ts"
import type { Millis } from "./time.ts"
import { hurryGossip } from "./urgency.ts"
import { encodeStreamMessage } from "./wire/encode.ts"
import type { PacketMessage, StreamMessage } from "./wire/message.ts"

export type Stepped = {
  readonly next: State
  readonly effects: readonly Effect[]
  /** What the event came to; for a packet, its last message. */
  readonly reason: Happened
  /** All that happened on the way, in order: counted, and logged by its weight. */
  readonly happenings: readonly Happening[]
}

/**
 * SWIM with Lifeguard's suspicion, awareness and nacks, as HashiCorp's memberlist speaks it (protocol versions 1 to 5; ours
 * is 2). `now` never runs backwards. The caller performs the effects and asks `nextWake` when to send the next tick.
 */
export const step = (state: State, event: MembershipEvent, now: Millis): Stepped => {
  const draft = draftOf(state, now)
  const reason = handle(draft, event)
  refreshMode(draft)
  finishLeave(draft)
  refreshReconnect(draft)
  return { next: draft.state, effects: draft.effects, reason, happenings: draft.happenings }
}

const handle = (draft: Draft, event: MembershipEvent): Happened => {
  switch (event.kind) {
    case "tick":
      return handleTick(draft, event.due)
    case "packet":
      return handlePacket(draft, event.messages, event.from)
    case "request":
      return handleRequest(draft, event.stream, event.from, event.message)
    case "reply":
      return handleReply(draft, event.exchange, event.message)
    case "hangup":
      return handleHangup(draft, event.exchange, event.sent)
    case "peers":
      return handlePeers(draft, event.endpoints)
    case "meta":
      return handleMeta(draft, event.meta)
    case "say":
      return handleSay(draft, event.to, event.payload, event.reliable)
    case "leave":
      return handleLeave(draft, event.within)
  }
}

/** Claims before pings: an accusation that came with a ping is then refuted by what the ack carries. */
const handlePacket = (draft: Draft, messages: readonly PacketMessage[], from: Endpoint): Happened => {
  const isPing = (message: PacketMessage) => message.kind === "ping"
  const ordered = [...messages.filter(message => !isPing(message)), ...messages.filter(isPing)]
  return ordered.reduce<Happened>((_, message) => handleMessage(draft, message, from), "nothing-due")
}

const handleMessage = (draft: Draft, message: PacketMessage, from: Endpoint): Happened => {
  switch (message.kind) {
    case "ping":
      return handlePing(draft, message, from)
    case "indirect-ping":
      return handleIndirectPing(draft, message, from)
    case "ack":
      return (
        handleProbeAck(draft, message.sequence) ??
        handleRelayAck(draft, message.sequence) ??
        note(draft, "ack-unexpected", endpointKey(from))
      )
    case "nack":
      return handleProbeNack(draft, message.sequence)
    case "suspect":
      return handleSuspect(draft, message)
    case "alive":
      return handleAlive(draft, message)
    case "dead":
      return handleDead(draft, message)
    case "user":
      return handleHeard(draft, from, message.payload)
  }
}

const handleHeard = (draft: Draft, from: Endpoint, payload: Uint8Array): Happened => {
  draft.effects.push({ kind: "heard", from, payload })
  return note(draft, "user-message", endpointKey(from))
}

const handleRequest = (draft: Draft, stream: number, from: Endpoint, message: StreamMessage): Happened => {
  if (message.kind === "push-pull") return answerPushPull(draft, stream, from, message)
  if (message.kind === "ping" && isForUs(draft, message)) {
    const ack = encodeStreamMessage({ kind: "ack", sequence: message.sequence, payload: new Uint8Array(0) })
    draft.effects.push({ kind: "answer", stream, message: ack })
    return note(draft, "ping-answered", endpointKey(from))
  }
  draft.effects.push({ kind: "close", stream })
  if (message.kind === "ping") return note(draft, "ping-for-another", message.node)
  if (message.kind === "user") return handleHeard(draft, from, message.payload)
  return note(draft, "exchange-unexpected", endpointKey(from))
}

const handleReply = (draft: Draft, number: number, message: StreamMessage): Happened => {
  const exchange = closeExchange(draft, number)
  if (exchange === undefined) return note(draft, "exchange-unexpected")
  const { purpose, to } = exchange
  if (purpose === "probe" && message.kind === "ack") return handleTcpAck(draft, number, message.sequence)
  if (message.kind === "push-pull" && (purpose === "join" || purpose === "sync")) {
    const done = finishPushPull(draft, to, message)
    forgetTries(draft, to)
    return done
  }
  return note(draft, message.kind === "error" ? "exchange-peer-error" : "exchange-unexpected", endpointKey(to))
}

const handleHangup = (draft: Draft, number: number, sent: boolean): Happened => {
  const exchange = closeExchange(draft, number)
  if (exchange === undefined) return note(draft, "exchange-unexpected")
  return note(draft, sent ? "exchange-done" : "exchange-failed", endpointKey(exchange.to))
}

const handleMeta = (draft: Draft, meta: Uint8Array): Happened => {
  const self = selfOf(draft.state)
  tellOfSelf(draft, { ...self, meta, ours: hasMark(meta) })
  hurryGossip(draft)
  return note(draft, "member-updated", self.name)
}
