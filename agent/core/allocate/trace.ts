import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey } from "../model.ts"
import type { Step, Trace } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { phraseOf } from "../sentence.ts"
import type { Refusal } from "./eligible.ts"
import type { PoolEntry } from "./pool-table.ts"

export const chosenStep = (
  entry: PoolEntry,
  reason: ReasonCode,
  addresses: readonly Address[],
  sharedWith: readonly ObjectKey[],
  missing?: Refusal,
): Step => ({
  subject: entry.subject,
  verdict: "chosen",
  reason,
  facts: {
    pool: entry.pool.name,
    addresses: addresses.map(formatAddress),
    ...(sharedWith.length > 0 ? { holders: sharedWith } : {}),
    ...(missing === undefined ? {} : { why: phraseOf(missing.reason, missing.facts) }),
  },
})

export const rejectedStep = (entry: PoolEntry, { reason, facts }: Refusal): Step => ({
  subject: entry.subject,
  verdict: "rejected",
  reason,
  facts: "pool" in facts ? facts : { pool: entry.pool.name, ...facts },
})

/** Where the service asks for a pool or an address: that pool's step among the prepared steps of all others. */
export const traceOfAsked = (entries: readonly PoolEntry[], step: Step | undefined): Trace =>
  entries.map(entry => (step !== undefined && entry.subject === step.subject ? step : entry.notAsked))

/** The prepared steps of the pools that come after the one chosen. */
export const untried = (entries: readonly PoolEntry[], from: number): Trace => {
  const steps: Step[] = []
  for (let at = from; at < entries.length; at += 1) {
    const entry = entries[at]
    if (entry !== undefined) steps.push(entry.notTried)
  }
  return steps
}

/**
 * What an event says when no pool was chosen: "public: full: 3 of 3 held [ML101]; lab: autoAssign is off [ML102]". At
 * most three pools, because the message of an event holds 1024 bytes.
 */
export const summaryOf = (steps: Trace): string => {
  const said = steps
    .slice(0, 3)
    .map(step => `${step.facts["pool"]}: ${phraseOf(step.reason, step.facts)} [${step.reason}]`)
  return steps.length > 3 ? `${said.join("; ")}; and ${steps.length - 3} more` : said.join("; ")
}
