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

/** ECMA-48 "select graphic rendition": what switches a tone on, and what takes it back. Green, yellow, red, cyan, bold. */
const renditions = { ok: [32, 39], warning: [33, 39], error: [31, 39], unknown: [36, 39], subject: [1, 22] } as const
const glyphs = { ok: "✓", warning: "!", error: "✗", unknown: "?" } as const

/** The only place where colours and glyphs are chosen. */
export const createStyle = (colour: boolean, withGlyphs: boolean): Style => {
  const paint = (tone: Tone, text: string): string => {
    const [on, off] = renditions[tone]
    return colour ? `\u001b[${on}m${text}\u001b[${off}m` : text
  }
  return {
    colour,
    glyphs: withGlyphs,
    paint,
    mark: (tone, word = tone) => paint(tone, withGlyphs ? `${glyphs[tone]} ${word}` : word),
  }
}

export const plain: Style = createStyle(false, false)
