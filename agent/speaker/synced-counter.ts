import type { Counter, Labels } from "../ports/metrics.ts"

/** Brings a counter to a total that is kept elsewhere; undefined removes the series. A total that fell began anew. */
export const sync = (counter: Counter): ((labels: Labels, total: number | undefined) => void) => {
  // BOUNDED as the series are.
  const seen = new Map<string, number>()
  return (labels, total) => {
    const key = JSON.stringify(labels)
    if (total === undefined) {
      seen.delete(key)
      counter.remove(labels)
      return
    }
    const before = seen.get(key) ?? 0
    counter.add(labels, total < before ? total : total - before)
    seen.set(key, total)
  }
}
