type Entry = { readonly at: number; readonly order: number; run: (() => void) | undefined }

/** Virtual time: things happen in the order of their times, those of one time in the order they were asked for. */
export const timeline = () => {
  const heap: Entry[] = []
  let clock = 0
  let order = 0

  const before = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const swap = (i: number, j: number) => {
    const [a, b] = [heap[i], heap[j]]
    if (a !== undefined && b !== undefined) {
      heap[i] = b
      heap[j] = a
    }
  }
  const isBefore = (i: number, j: number) => {
    const [a, b] = [heap[i], heap[j]]
    return a !== undefined && b !== undefined && before(a, b)
  }
  const up = (from: number) => {
    for (let at = from; at > 0 && isBefore(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1)
  }
  const down = () => {
    for (let at = 0; ; ) {
      let least = at
      if (isBefore(2 * at + 1, least)) least = 2 * at + 1
      if (isBefore(2 * at + 2, least)) least = 2 * at + 2
      if (least === at) return
      swap(at, least)
      at = least
    }
  }
  const pop = (): Entry | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      down()
    }
    return first
  }

  return {
    now: () => clock,
    /** Runs `run` at that time, or now if it is past. The result cancels it. */
    at: (at: number, run: () => void): (() => void) => {
      order += 1
      const entry: Entry = { at: Math.max(at, clock), order, run }
      heap.push(entry)
      up(heap.length - 1)
      return () => {
        entry.run = undefined
      }
    },
    run: (until: number) => {
      for (let next = heap[0]; next !== undefined && next.at <= until; next = heap[0]) {
        pop()
        clock = next.at
        next.run?.()
      }
      clock = until
    },
  }
}
