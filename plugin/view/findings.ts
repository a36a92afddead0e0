import type { ReasonCode } from "../../agent/core/reasons.ts"
import type { Style } from "./style.ts"
import { painted, table } from "./table.ts"

export type FindingLine = {
  readonly verdict: "ok" | "warning" | "unknown" | "refused"
  readonly code?: ReasonCode
  readonly text: string
  readonly fix?: string
}

const tones = { ok: "ok", warning: "warning", unknown: "unknown", refused: "error" } as const

/** Checks, one a line: the word, the code, the sentence. */
export const findingLines = (findings: readonly FindingLine[], style: Style): string =>
  table(
    [{ title: "" }, { title: "" }],
    findings.map(({ verdict, code, text }) => {
      const tone = tones[verdict]
      const word = tone === "error" ? "refused" : tone
      const shown = style.glyphs ? `? ${word}` : word
      return [painted(style.mark(tone, word), shown), code === undefined ? text : `${code} ${text}`]
    }),
    "  ",
  )
