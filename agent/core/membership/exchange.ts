import { type Draft, note, owned } from "./draft.ts"
import { type Endpoint, endpointKey } from "./endpoint.ts"
import { limits, type State } from "./state.ts"
import type { Millis } from "./time.ts"
import { encodeStreamMessage } from "./wire/encode.ts"
import type { StreamMessage } from "./wire/message.ts"

/** A connection that this node has asked for. */
export type Exchange = {
  readonly purpose: "join" | "sync" | "probe" | "say"
  readonly to: Endpoint
  /** The edge ends it by then; it is forgotten a little later even if the edge does not. */
  readonly until: Millis
}

/** Asks the edge for a connection. The number by which its end is reported, or undefined where too many are open. */
export const openExchange = (
  draft: Draft,
  purpose: Exchange["purpose"],
  to: Endpoint,
  message: StreamMessage,
  until: Millis,
): number | undefined => {
  const { state, base } = draft
  if (state.exchanges.size >= limits.exchanges) {
    note(draft, "exchange-refused-full", endpointKey(to))
    return undefined
  }
  state.exchangeCount += 1
  const exchange = state.exchangeCount
  state.exchanges = owned(base.exchanges, state.exchanges).set(exchange, { purpose, to, until })
  const expectsReply = purpose !== "say"
  draft.effects.push({ kind: "dial", exchange, to, message: encodeStreamMessage(message), expectsReply, until })
  note(draft, "exchange-started", endpointKey(to))
  return exchange
}

/** Takes a finished exchange out of the table; undefined where it is not there any more. */
export const closeExchange = (draft: Draft, number: number): Exchange | undefined => {
  const exchange = draft.state.exchanges.get(number)
  if (exchange === undefined) return undefined
  const exchanges = owned(draft.base.exchanges, draft.state.exchanges)
  exchanges.delete(number)
  draft.state.exchanges = exchanges
  return exchange
}

/** Time for the edge to report the end that `until` promised. */
const grace = 1000

export const nextExpiry = (state: State): Millis => {
  let next = Number.POSITIVE_INFINITY
  for (const { until } of state.exchanges.values()) next = Math.min(next, until + grace)
  return next
}

export const expireExchanges = (draft: Draft): void => {
  for (const [number, { until, to }] of [...draft.state.exchanges]) {
    if (until + grace > draft.now) continue
    closeExchange(draft, number)
    note(draft, "exchange-failed", endpointKey(to))
  }
}

export const openCount = (state: State, purpose: Exchange["purpose"]): number => {
  let count = 0
  for (const exchange of state.exchanges.values()) if (exchange.purpose === purpose) count += 1
  return count
}
