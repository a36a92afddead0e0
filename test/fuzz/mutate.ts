import type { Random } from "./random.ts"

/** Longest text made; bounds the time of one step. */
const longest = 4000

/** One to four changes: characters and pieces put in, taken out, doubled or swapped, and parts of other texts spliced in. */
export const mutate = (texts: readonly string[], pieces: readonly string[], random: Random): string => {
  let text = random.pick(texts)
  for (let change = random.below(4); change >= 0; change -= 1) {
    const at = random.below(text.length + 1)
    const end = Math.min(text.length, at + random.below(12))
    switch (random.below(7)) {
      case 0:
        text = text.slice(0, at) + random.pick(pieces) + text.slice(at)
        break
      case 1:
        text = text.slice(0, at) + text.slice(end)
        break
      case 2:
        text = text.slice(0, at) + random.pick(pieces) + text.slice(end)
        break
      case 3:
        text = text.slice(0, end) + text.slice(at)
        break
      case 4:
        text = text.slice(0, at) + String.fromCodePoint(random.below(0x300)) + text.slice(at)
        break
      case 5: {
        const other = random.pick(texts)
        text = text.slice(0, at) + other.slice(random.below(other.length + 1))
        break
      }
      default:
        text = text.slice(0, at) + (text[end] ?? "") + text.slice(at)
    }
  }
  return text.slice(0, longest)
}

/** The shortest text found that still fails, by leaving out ever smaller parts. */
export const shrink = (text: string, fails: (text: string) => boolean): string => {
  let best = text
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const shorter = best.slice(0, at) + best.slice(at + size)
      if (fails(shorter)) best = shorter
      else at += size
    }
  }
  return best
}
