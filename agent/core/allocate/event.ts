import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { phraseOf } from "../sentence.ts"

/**
 * An event to be emitted on a Service. `reason` is MetalLB's word, because alerts match on it; `code` is ours. The same
 * service in the same state yields the same event each time it is judged, so whoever emits drops one that equals the
 * last.
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
