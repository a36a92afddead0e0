import type { Crypto } from "../../crypto.ts"
import { type Board, boardOf } from "./board.ts"
import { spread } from "./spread.ts"
import { successors } from "./successors.ts"
import { costsOf, type Unit } from "./unit.ts"

export type Placed = {
  /** Where each unit belongs, in the order of the units. */
  readonly places: readonly Place[]
  /** Addresses on each node. */
  readonly loads: readonly number[]
}

/** Positions in the list of nodes. */
export type Place = {
  readonly node: number
  /** Where it goes if that node goes away; undefined where no other may have it. */
  readonly next: number | undefined
}

/**
 * Places all units, counting addresses. Where all units have as many addresses this is the evenest placement that there is,
 * and of those the one that moves least (spread.ts). Units of one address beside units of two make it a partition problem,
 * for which nobody knows a quick exact answer once some nodes are closed to some of them: there each kind is spread around
 * the other in turns, beginning where they are now and beginning with nothing, and the more even end is taken.
 */
export const place = (units: readonly Unit[], nodes: readonly string[], crypto: Crypto): Placed => {
  const kinds = kindsOf(units, nodes, crypto)
  const kept = settle(kinds, nodes.length, true)
  const anew = kinds.length > 1 ? settle(kinds, nodes.length, false) : kept
  const boards = unevenness(totals(anew, nodes.length)) < unevenness(totals(kept, nodes.length)) ? anew : kept
  const places: Place[] = []
  for (const [at, board] of boards.entries()) {
    const next = successors(carriedOut(board, totals(boards.toSpliced(at, 1), nodes.length), nodes, crypto))
    for (const [unit, position] of (kinds[at]?.positions ?? []).entries())
      places[position] = { node: board.at[unit] ?? 0, next: next[unit] }
  }
  return { places, loads: totals(boards, nodes.length) }
}

/** Units with as many addresses. */
type Kind = {
  readonly weight: number
  readonly units: readonly Unit[]
  /** Their places in the list of all units. */
  readonly positions: readonly number[]
  readonly costs: Float64Array
}

/** The heavier first. */
const kindsOf = (units: readonly Unit[], nodes: readonly string[], crypto: Crypto): readonly Kind[] =>
  [...new Set(units.map(({ weight }) => weight))]
    .sort((a, b) => b - a)
    .map(weight => {
      const positions = [...units.keys()].filter(at => units[at]?.weight === weight)
      const same = units.filter(unit => unit.weight === weight)
      return { weight, units: same, positions, costs: costsOf(same, nodes, crypto) }
    })

/** `keep`: kinds that were not placed yet count where they are now, else not at all. */
const settle = (kinds: readonly Kind[], nodes: number, keep: boolean): readonly Board[] => {
  const boards = kinds.map(({ units, costs, weight }) =>
    boardOf(keep ? units : units.map(unit => ({ ...unit, present: undefined })), costs, zeros(nodes), weight),
  )
  const again = (at: number): Board => {
    const { units, costs, weight } = kinds[at] ?? { units: [], costs: new Float64Array(), weight: 0 }
    const others = totals(boards.toSpliced(at, 1), nodes)
    const board = boardOf(units, costs, others, weight)
    spread(board)
    return board
  }
  for (const at of kinds.keys()) boards[at] = again(at)
  // Ends: the sum of the squares falls by a whole number every time.
  for (let better = kinds.length > 1; better; ) {
    better = false
    for (const at of kinds.keys()) {
      const board = again(at)
      const tried = boards.with(at, board)
      if (unevenness(totals(tried, nodes)) >= unevenness(totals(boards, nodes))) continue
      boards[at] = board
      better = true
    }
  }
  return boards
}

/** The board once every move is made: what goes away then is spread around what is where it belongs. */
const carriedOut = (board: Board, base: readonly number[], nodes: readonly string[], crypto: Crypto): Board => {
  const { units, at, weight } = board
  if (units.every(({ present }, unit) => present === at[unit])) return board
  const there = units.map((unit, index) => ({ ...unit, present: at[index] }))
  return boardOf(there, costsOf(there, nodes, crypto), base, weight)
}

const zeros = (nodes: number): readonly number[] => Array.from({ length: nodes }, () => 0)

/** Addresses of all kinds on each node. */
const totals = (boards: readonly Board[], nodes: number): readonly number[] =>
  zeros(nodes).map((_, node) => boards.reduce((sum, { held, weight }) => sum + weight * (held[node]?.length ?? 0), 0))

/** The smaller, the more even: for a given number of addresses it is the sum of the squares that tells. */
const unevenness = (loads: readonly number[]): number => loads.reduce((sum, load) => sum + load * load, 0)
