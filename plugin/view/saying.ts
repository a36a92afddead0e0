import type { Facts } from "../../agent/core/outcome.ts"
import type { ReasonCode } from "../../agent/core/reasons.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Style } from "./style.ts"
import { type Cell, painted } from "./table.ts"

/** The code and its phrase; a code that says yes goes without its number. */
export const saying = (reason: ReasonCode, facts: Facts): string =>
  fixOf(reason, facts) === "" ? phraseOf(reason, facts) : `${reason} ${phraseOf(reason, facts)}`

/** A line with what to do, to be put behind a sentence; "" where there is nothing to do. */
export const fixLine = (reason: ReasonCode, facts: Facts): string => {
  const fix = fixOf(reason, facts)
  return fix === "" ? "" : `\n  fix    ${fix}`
}

export const verdictCell = (verdict: "chosen" | "eligible" | "rejected" | "not-tried", style: Style): Cell => {
  const word = verdict === "not-tried" ? "not tried" : verdict
  const tone = verdict === "chosen" ? "ok" : verdict === "rejected" ? "error" : "unknown"
  return painted(verdict === "chosen" || verdict === "rejected" ? style.paint(tone, word) : word, word)
}
