import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { phraseOf } from "../sentence.ts"

/**
 * An event to be emitted on a Service. `reason` is MetalLB's word, because alerts match on it; `code` is ours. The same
 * service in the same state yields the same event each time it is judged, so whoever emits drops one that says the same as
 * the last, see `gistOf`.
 */
export type EventIntent = {
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly code: ReasonCode
  readonly message: string
}

/** The message of an event holds at most 1024 bytes (Kubernetes API, events.k8s.io/v1 note). */
const maxMessage = 1000

export const eventOf = (
  type: EventIntent["type"],
  reason: string,
  code: ReasonCode,
  facts: Facts,
  message: string = phraseOf(code, facts),
): EventIntent => {
  const cut = message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message
  return { type, reason, code, message: `${cut} [${code}]` }
}

/** What an event says, without the numbers in its words, which change with every service and pool around: two of one gist tell no transition. */
export const gistOf = ({ type, reason, message }: EventIntent): string => [type, reason, ...codesIn(message)].join(" ")

/** The reason codes in a message, in their order. */
export const codesIn = (message: string): readonly string[] =>
  [...message.matchAll(/\[(ML\d{3})\]/g)].map(([, code]) => code ?? "")
