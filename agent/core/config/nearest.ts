/**
 * The candidate that a mistyped word most likely means: the fewest insertions, deletions, replacements and swaps of
 * neighbours, regardless of case and of "-" and "_". Undefined where more than a third of the word would have to change.
 * Of equally near candidates the first is taken.
 */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const plain = simplify(word.slice(0, 64))
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const distance = editDistance(plain, simplify(candidate))
    if (distance <= Math.ceil(Math.max(plain.length, 1) / 3) && (best === undefined || distance < best.distance)) {
      best = { candidate, distance }
    }
  }
  return best?.candidate
}

const simplify = (word: string): string => word.toLowerCase().replace(/[-_\s]/g, "")

/** Optimal string alignment distance; both words are short. */
const editDistance = (a: string, b: string): number => {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      line.push(
        Math.min(
          at(above, column) + 1,
          at(line, column - 1) + 1,
          at(above, column - 1) + (same ? 0 : 1),
          swapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    before = above
    above = line
  }
  return at(above, b.length)
}

const at = (line: readonly number[], column: number): number => line[column] ?? Number.POSITIVE_INFINITY
