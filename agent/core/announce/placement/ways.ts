import type { Board } from "./board.ts"

/** The cheapest ways over which units can be passed on, from some nodes to others. */
export type Ways = {
  /** Of the way to each node; Infinity where none was found. */
  readonly cost: Float64Array
  /** The node before each on its way; -1 where the way begins there. */
  readonly before: Int32Array
  /** The cost by the board's potentials, which is never negative. */
  readonly reduced: Float64Array
}

/**
 * Cheapest ways from the nodes that `begin` gives a finite cost for: Dijkstra's algorithm over potentials, since a way may
 * bring back a unit that was moved, and so cost less than nothing. `closed` is a node that no way may use, or -1. Among the
 * least loaded nodes the cheapest to reach is certain to be right; where one of them is reached the others need not be.
 */
export const waysFrom = (board: Board, begin: Float64Array, closed: number): Ways => {
  const { nodes, exchange, potential, loads } = board
  const infinite = Number.POSITIVE_INFINITY
  const before = new Int32Array(nodes).fill(-1)
  const reduced = new Float64Array(nodes).fill(infinite)
  const done = new Uint8Array(nodes)
  let origin = -infinite
  let least = infinite
  for (let node = 0; node < nodes; node += 1) {
    if (node === closed) continue
    if (begin[node] !== infinite) origin = Math.max(origin, (potential[node] ?? 0) - (begin[node] ?? 0))
    least = Math.min(least, loads[node] ?? 0)
  }
  let lowest = infinite
  for (let node = 0; node < nodes; node += 1) {
    if (node === closed) continue
    if (begin[node] !== infinite) reduced[node] = (begin[node] ?? 0) + origin - (potential[node] ?? 0)
    if (loads[node] === least) lowest = Math.min(lowest, potential[node] ?? 0)
  }
  /** No way to a least loaded node whose last part is longer than this can be the cheapest. */
  let bound = infinite
  let node = nearestOf(reduced, done)
  while (node !== -1 && (reduced[node] ?? infinite) <= bound) {
    const here = (reduced[node] ?? infinite) + (potential[node] ?? 0)
    done[node] = 1
    if (loads[node] === least) bound = Math.min(bound, here - lowest)
    const row = node * nodes
    let nearest = infinite
    let next = -1
    for (let other = 0; other < nodes; other += 1) {
      if (done[other] === 1 || other === closed) continue
      let far = reduced[other] ?? infinite
      const through = here + (exchange[row + other] ?? infinite) - (potential[other] ?? 0)
      if (through < far) {
        far = through
        reduced[other] = through
        before[other] = node
      }
      if (far >= nearest) continue
      nearest = far
      next = other
    }
    node = next
  }
  // What was not looked at to the end is not known.
  const cost = new Float64Array(nodes).fill(infinite)
  for (let at = 0; at < nodes; at += 1)
    if (done[at] === 1) cost[at] = (reduced[at] ?? infinite) - origin + (potential[at] ?? 0)
  return { cost, before, reduced }
}

const nearestOf = (reduced: Float64Array, done: Uint8Array): number => {
  let nearest = -1
  for (let node = 0; node < reduced.length; node += 1) {
    const far = reduced[node] ?? Number.POSITIVE_INFINITY
    if (done[node] !== 1 && far < (nearest === -1 ? Number.POSITIVE_INFINITY : (reduced[nearest] ?? 0))) nearest = node
  }
  return nearest
}

/** The nodes of the way that ends at `end`, first to last. */
export const wayTo = ({ before }: Ways, end: number): readonly number[] => {
  const way = [end]
  for (let node = before[end] ?? -1; node >= 0; node = before[node] ?? -1) way.unshift(node)
  return way
}

/** Adapts the potentials to a way that is taken, so that no way costs less than nothing by them afterwards. */
export const lift = ({ potential, nodes }: Board, { reduced }: Ways, end: number): void => {
  const most = reduced[end] ?? 0
  for (let node = 0; node < nodes; node += 1)
    potential[node] = (potential[node] ?? 0) + Math.min(reduced[node] ?? 0, most)
}
