import type { Endpoint } from "../core/membership/endpoint.ts"
import { type Explained, explainFault, explainHappening } from "../core/membership/explain.ts"
import { type Happening, weightOf } from "../core/membership/happening.ts"
import type { WireFault } from "../core/membership/wire/fault.ts"
import { fixOf, phraseOf } from "../core/sentence.ts"
import type { Clock } from "./clock.ts"
import type { Log, LogFields } from "./log.ts"

const quietFor = 60_000
const mostKeys = 256

/**
 * True where a line should be written: once a minute for the same thing, because packets can be wrong a thousand times a
 * second. BOUNDED: 256 things; with more, the oldest may be told again early.
 */
const repeatGuard = (clock: Clock): ((key: string) => boolean) => {
  const last = new Map<string, number>()
  return key => {
    const now = clock.monotonic()
    const told = last.get(key)
    if (told !== undefined && now - told < quietFor) return false
    last.delete(key)
    last.set(key, now)
    const [oldest] = last.keys()
    if (last.size > mostKeys && oldest !== undefined) last.delete(oldest)
    return true
  }
}

/** Writes what the protocol reports: changes always, what is wrong once a minute, with the code and its fix where there is one. */
export const membershipLog = (log: Log, clock: Clock, self: string) => {
  const guard = repeatGuard(clock)
  return {
    happened: (happening: Happening): void => {
      const { what, about } = happening
      const weight = weightOf(what)
      if (weight === "quiet") return
      const fields = { event: what, about, ...explained(explainHappening(happening, self)) }
      if (weight === "told") log.info(`membership: ${what}`, fields)
      else if (guard(`${what} ${about}`)) log.warn(`membership: ${what}`, fields)
    },
    refused: (fault: WireFault, from: Endpoint): void => {
      if (guard(fault)) log.warn("membership: refused what a peer sent", explained(explainFault(fault, from)))
    },
  }
}

const explained = (told: Explained | undefined): LogFields =>
  told === undefined
    ? {}
    : { reason: told.code, text: phraseOf(told.code, told.facts), fix: fixOf(told.code, told.facts) }
