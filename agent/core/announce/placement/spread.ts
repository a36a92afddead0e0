import { type Board, put } from "./board.ts"
import { lift, waysFrom, wayTo } from "./ways.ts"

/**
 * Places units of one weight: as evenly as who may have them allows; of all such placements the one that moves the fewest;
 * of those the one with the smallest sum of hashes. "As evenly": no unit can be passed on, directly or by each of a row of
 * nodes handing one to the next, so that a node with more loses what one with at least two units less gets. Then the sum
 * of the squares of the loads is the least possible, and so is the largest load.
 *
 * This is a flow of least cost: each unit that has no place goes the cheapest way to the least loaded node that it can
 * reach, then ways that even out are taken until there is none.
 */
export const spread = (board: Board): void => {
  const { units, costs, nodes, at } = board
  for (const unit of units.keys())
    if (at[unit] === -1) insert(board, unit, costs.slice(unit * nodes, (unit + 1) * nodes))
  while (even(board));
}

/**
 * Puts one unit down where `begin` gives a finite cost, and makes room there, as evenly as before; where that is nowhere it
 * stays as it was. `closed` is a node that takes no part.
 */
export const insert = (board: Board, unit: number, begin: Float64Array, closed = -1): void => {
  const ways = waysFrom(board, begin, closed)
  let end = -1
  for (let node = 0; node < board.nodes; node += 1) {
    if (node === closed || ways.cost[node] === Number.POSITIVE_INFINITY) continue
    if (end === -1 || isLess(board, ways.cost, node, end)) end = node
  }
  if (end === -1) return
  const way = wayTo(ways, end)
  lift(board, ways, end)
  passOn(board, way)
  put(board, unit, way[0] ?? end)
}

const isLess = ({ loads }: Board, cost: Float64Array, a: number, b: number): boolean => {
  const difference = (loads[a] ?? 0) - (loads[b] ?? 0)
  return difference < 0 || (difference === 0 && (cost[a] ?? 0) < (cost[b] ?? 0))
}

/** Takes the way that evens out most, or one that leaves loads as even as they are and costs less; false: there is none. */
const even = (board: Board): boolean => {
  const { loads, nodes, weight } = board
  for (const load of [...new Set(loads)].sort((a, b) => b - a)) {
    const begin = Float64Array.from(loads, other => (other === load ? 0 : Number.POSITIVE_INFINITY))
    const ways = waysFrom(board, begin, -1)
    let end = -1
    for (let node = 0; node < nodes; node += 1) {
      const gap = load - (loads[node] ?? 0)
      const helps = gap > weight || (gap === weight && (ways.cost[node] ?? 0) < 0)
      if (!helps || ways.cost[node] === Number.POSITIVE_INFINITY) continue
      if (end === -1 || isLess(board, ways.cost, node, end)) end = node
    }
    if (end === -1) continue
    const way = wayTo(ways, end)
    lift(board, ways, end)
    passOn(board, way)
    return true
  }
  return false
}

/** Each node of the way hands its cheapest unit to the next one. */
const passOn = (board: Board, way: readonly number[]): void => {
  const movers = way.slice(1).map((node, place) => board.mover[(way[place] ?? 0) * board.nodes + node] ?? -1)
  for (const [place, unit] of movers.entries()) put(board, unit, way[place + 1] ?? -1)
}
