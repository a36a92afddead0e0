import type { Unit } from "./unit.ts"

/**
 * Units of one weight on nodes, while they are being placed. It is written to in place: a large cluster has a thousand
 * units on a hundred nodes.
 */
export type Board = {
  readonly units: readonly Unit[]
  /** What it costs to have a unit on a node, at unit * nodes + node; Infinity where it may not be. */
  readonly costs: Float64Array
  readonly nodes: number
  readonly weight: number
  /** Addresses on each node. */
  readonly loads: Float64Array
  /** Units on each node. */
  readonly held: readonly number[][]
  /** Node of each unit; -1 where it is not put down yet. */
  readonly at: Int32Array
  /** Least that it costs more to have some unit of x on y, at x * nodes + y; Infinity where none may be there. */
  readonly exchange: Float64Array
  /** The unit that it is. */
  readonly mover: Int32Array
  /** exchange[x * nodes + y] + potential[x] - potential[y] is never negative. */
  readonly potential: Float64Array
}

/** Every unit that has a place keeps it; the others are nowhere. `base` is what the nodes carry besides. */
export const boardOf = (
  units: readonly Unit[],
  costs: Float64Array,
  base: readonly number[],
  weight: number,
): Board => {
  const nodes = base.length
  const board: Board = {
    units,
    costs,
    nodes,
    weight,
    loads: Float64Array.from(base),
    held: base.map(() => []),
    at: new Int32Array(units.length).fill(-1),
    exchange: new Float64Array(nodes * nodes).fill(Number.POSITIVE_INFINITY),
    mover: new Int32Array(nodes * nodes).fill(-1),
    potential: new Float64Array(nodes),
  }
  for (const [unit, { present }] of units.entries()) if (present !== undefined) put(board, unit, present)
  return board
}

/** Puts a unit down on a node, taking it from where it is. */
export const put = (board: Board, unit: number, node: number): void => {
  const before = board.at[unit] ?? -1
  if (before >= 0) take(board, unit, before)
  board.at[unit] = node
  board.held[node]?.push(unit)
  board.loads[node] = (board.loads[node] ?? 0) + board.weight
  for (let other = 0; other < board.nodes; other += 1) offer(board, unit, node, other)
}

const take = (board: Board, unit: number, node: number): void => {
  const { held, loads, weight, nodes, exchange, mover } = board
  const units = held[node] ?? []
  units.splice(units.indexOf(unit), 1)
  loads[node] = (loads[node] ?? 0) - weight
  const row = node * nodes
  for (let other = 0; other < nodes; other += 1) {
    if (mover[row + other] !== unit) continue
    exchange[row + other] = Number.POSITIVE_INFINITY
    mover[row + other] = -1
    for (const left of units) offer(board, left, node, other)
  }
}

/** Notes that a unit could go from a node to another one, if it is the cheapest that could. */
const offer = ({ costs, nodes, exchange, mover }: Board, unit: number, node: number, other: number): void => {
  const more = (costs[unit * nodes + other] ?? 0) - (costs[unit * nodes + node] ?? 0)
  if (other === node || !(more < (exchange[node * nodes + other] ?? 0))) return
  exchange[node * nodes + other] = more
  mover[node * nodes + other] = unit
}

/** One to try something on. */
export const copyOf = (board: Board): Board => ({
  ...board,
  loads: board.loads.slice(),
  held: board.held.map(units => [...units]),
  at: board.at.slice(),
  exchange: board.exchange.slice(),
  mover: board.mover.slice(),
  potential: board.potential.slice(),
})
