import { styleText } from "node:util"

/** What a word means, so that colour and glyph follow from it. The word itself is always there. */
export type Tone = "ok" | "warning" | "error" | "unknown" | "subject"

export type Style = {
  readonly colour: boolean
  readonly glyphs: boolean
  /** Paints text that already says what it means. */
  readonly paint: (tone: Tone, text: string) => string
  /** The status word with its glyph in front where the terminal has them. */
  readonly mark: (tone: Exclude<Tone, "subject">, word?: string) => string
}

const formats = { ok: "green", warning: "yellow", error: "red", unknown: "cyan", subject: "bold" } as const
const glyphs = { ok: "✓", warning: "!", error: "✗", unknown: "?" } as const

/** The only place where colours and glyphs are chosen. */
export const createStyle = (colour: boolean, withGlyphs: boolean): Style => {
  const paint = (tone: Tone, text: string): string =>
    colour ? styleText(formats[tone], text, { validateStream: false }) : text
  return {
    colour,
    glyphs: withGlyphs,
    paint,
    mark: (tone, word = tone) => paint(tone, withGlyphs ? `${glyphs[tone]} ${word}` : word),
  }
}

export const plain: Style = createStyle(false, false)
