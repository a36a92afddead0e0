import type { Facts } from "../../agent/core/outcome.ts"
import type { ReasonCode } from "../../agent/core/reasons.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import { age } from "./duration.ts"

/** What the speaker of one node says of an address. */
export type NodeWord = {
  readonly address: string
  /** "asks": the address is new, and the link is asked first whether another machine has it. "stands": the owner's speaker is away. */
  readonly state: "announces" | "cannot" | "asks" | "stands" | "silent"
  readonly reason?: ReasonCode
  readonly facts?: Facts
  /** Its place among those that may announce the address, as its speaker sees it. */
  readonly rank?: { readonly place: number; readonly of: number }
  /** Another station that claims the address. */
  readonly claimed?: { readonly mac: string; readonly interface: string; readonly at: number }
}

const states = {
  announces: "announces it",
  cannot: "has it and cannot announce it",
  asks: "has it and does not announce it yet",
  stands: "answers for it and does not own it",
  silent: "does not announce it",
} as const

/** "  its speaker has 192.0.2.1 and cannot announce it: ML345 …". */
export const wordText = ({ address, state, reason, facts = {}, rank, claimed }: NodeWord, now: number): string => {
  const why = reason === undefined ? "" : `: ${reason} ${phraseOf(reason, facts)}`
  const place = rank === undefined ? "" : `, rank ${rank.place} of ${rank.of}`
  const claim = claimed && claimLines({ address, mac: claimed.mac, interface: claimed.interface }, now - claimed.at)
  return [`  its speaker  ${address}: ${states[state]}${why}${place}`, ...(claim ?? [])].join("\n")
}

const claimLines = (facts: Facts, ago: number): readonly string[] => [
  `               ML342 ${phraseOf("ML342", facts)}, last ${age(ago)} ago`,
  `               fix   ${fixOf("ML342", facts)}`,
]
