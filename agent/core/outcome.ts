import type { ReasonCode } from "./reasons.ts"

/** What was looked at when a decision was made: plain values only, so that a trace can be stored, compared and printed. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** One candidate and what became of it. `subject` is "kind/name" (pool/public, node/n1, service/shop/web). */
export type Step = {
  readonly subject: string
  readonly verdict: "chosen" | "eligible" | "rejected" | "not-tried"
  readonly reason: ReasonCode
  readonly facts: Facts
}

export type Trace = readonly Step[]

/** A decision: the answer and how it was reached are one value. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly reason: ReasonCode; readonly trace: Trace }
  | { readonly ok: false; readonly reason: ReasonCode; readonly facts: Facts; readonly trace: Trace }
