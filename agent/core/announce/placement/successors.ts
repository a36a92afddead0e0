import { type Board, copyOf } from "./board.ts"
import { insert } from "./spread.ts"

/**
 * For each unit the node that it goes to if its own goes away, so that what a node had is spread over the others: found by
 * taking each node away in turn. undefined where no other node may have the unit.
 */
export const successors = (board: Board): readonly (number | undefined)[] => {
  const next: (number | undefined)[] = board.units.map(() => undefined)
  for (const [node, units] of board.held.entries()) {
    const trial = copyOf(board)
    for (const unit of units) insert(trial, unit, withoutNode(board, unit, node), node)
    for (const unit of units) if (trial.at[unit] !== node) next[unit] = trial.at[unit]
  }
  return next
}

/** What the unit costs on the others; where none of those that it prefers is left, any that may have it is as good. */
const withoutNode = ({ units, costs, nodes }: Board, unit: number, node: number): Float64Array => {
  const row = costs.slice(unit * nodes, (unit + 1) * nodes)
  row[node] = Number.POSITIVE_INFINITY
  if (row.every(cost => cost === Number.POSITIVE_INFINITY))
    for (const other of units[unit]?.fallback ?? []) row[other] = 0
  return row
}
