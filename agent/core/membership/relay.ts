import { type Draft, note, owned } from "./draft.ts"
import { addressOfBytes, type Endpoint } from "./endpoint.ts"
import type { Happened } from "./happening.ts"
import { nextSequence, sourceOf } from "./probe.ts"
import { sendWithBroadcasts } from "./send.ts"
import { limits, type State } from "./state.ts"
import type { Millis } from "./time.ts"
import type { IndirectPing, Ping, Source } from "./wire/message.ts"

/** A probe that this node makes for another. */
export type Relay = {
  readonly asker: Endpoint
  readonly askerName: string
  readonly askerSequence: number
  readonly nack: boolean
  readonly expires: Millis
}

/** Where an answer goes: the sender says it, or it is where the packet came from. */
const answerTo = (source: Source | undefined, from: Endpoint): Endpoint => {
  const address = source === undefined ? undefined : addressOfBytes(source.address)
  return source === undefined || address === undefined || source.port === 0 ? from : { address, port: source.port }
}

/** A ping without a name is for whoever gets it. */
export const isForUs = ({ state }: Draft, ping: Ping): boolean => ping.node === "" || ping.node === state.config.name

export const handlePing = (draft: Draft, ping: Ping, from: Endpoint): Happened => {
  if (!isForUs(draft, ping)) return note(draft, "ping-for-another", ping.node)
  const ack = { kind: "ack", sequence: ping.sequence, payload: new Uint8Array(0) } as const
  sendWithBroadcasts(draft, answerTo(ping.source, from), ping.source?.name ?? "", ack)
  return note(draft, "ping-answered", ping.source?.name ?? "")
}

export const handleIndirectPing = (draft: Draft, ask: IndirectPing, from: Endpoint): Happened => {
  const { state, base, now } = draft
  const address = addressOfBytes(ask.target)
  if (address === undefined) return note(draft, "relay-refused-address", ask.node)
  if (state.relays.size >= limits.relays) return note(draft, "relay-refused-full", ask.node)
  const sequence = nextSequence(draft)
  state.relays = owned(base.relays, state.relays).set(sequence, {
    asker: answerTo(ask.source, from),
    askerName: ask.source?.name ?? "",
    askerSequence: ask.sequence,
    nack: ask.nack,
    expires: now + state.settings.probeTimeout,
  })
  const port = ask.port === 0 ? state.config.endpoint.port : ask.port
  const ping: Ping = { kind: "ping", sequence, node: ask.node, source: sourceOf(state) }
  sendWithBroadcasts(draft, { address, port }, ask.node, ping)
  return note(draft, "relay-started", ask.node)
}

/** Passes an ack on to whoever asked for it; undefined where it belonged to no relay. */
export const handleRelayAck = (draft: Draft, sequence: number): Happened | undefined => {
  const relay = draft.state.relays.get(sequence)
  if (relay === undefined) return undefined
  forget(draft, sequence)
  const ack = { kind: "ack", sequence: relay.askerSequence, payload: new Uint8Array(0) } as const
  sendWithBroadcasts(draft, relay.asker, relay.askerName, ack)
  return note(draft, "relay-answered", relay.askerName)
}

export const nextRelayExpiry = (state: State): Millis => {
  let next = Number.POSITIVE_INFINITY
  for (const { expires } of state.relays.values()) next = Math.min(next, expires)
  return next
}

/** Says "nack" for targets that stayed silent, so that the asker knows at least that this node heard it. */
export const expireRelays = (draft: Draft): void => {
  for (const [sequence, relay] of [...draft.state.relays]) {
    if (relay.expires > draft.now) continue
    forget(draft, sequence)
    if (relay.nack)
      sendWithBroadcasts(draft, relay.asker, relay.askerName, { kind: "nack", sequence: relay.askerSequence })
    note(draft, "relay-silent", relay.askerName)
  }
}

const forget = (draft: Draft, sequence: number): void => {
  const relays = owned(draft.base.relays, draft.state.relays)
  relays.delete(sequence)
  draft.state.relays = relays
}
