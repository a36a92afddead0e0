import type { Facts } from "./outcome.ts"
import { type Reason, type ReasonCode, reasonOf } from "./reasons.ts"

/** What a table row or an event says about a step: "full: 3 of 3 held". The code itself is not part of it. */
export const phraseOf = (code: ReasonCode, facts: Facts): string => {
  const reason: Reason = reasonOf(code)
  return fill(reason.short ?? reason.title, facts)
}

/** What to type or change; "" where the code says "yes". */
export const fixOf = (code: ReasonCode, facts: Facts): string => fill(reasonOf(code).fix, facts)

/**
 * Replaces each {name} by the fact of that name; lists are joined by ", ". A name without a fact stays as it is in
 * capitals ({pool} becomes POOL), which is how a person reads a place to fill in. Braces of JSON and jsonpath are left
 * alone.
 */
export const fill = (text: string, facts: Facts): string =>
  text.replace(/\{([a-z][A-Za-z]*)\}/g, (_, name: string) => {
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined
    if (fact === undefined) return name.toUpperCase()
    return typeof fact === "object" ? fact.join(", ") : String(fact)
  })
