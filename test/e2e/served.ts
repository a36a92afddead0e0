import assert from "node:assert/strict"
import { epochOfNow } from "../client/epoch.ts"
import type { ClientReport, ProbeReport } from "../client/report.ts"
import type { RouteChange } from "./route-change.ts"

/**
 * Nothing is lost but requests that are open while their address or their route moves: the kernel of the node that gets the rest of one
 * does not know the connection, and resets or drops it (docs/ownership.md). Of requests that take milliseconds that meets at
 * most one a move.
 */
export const lostAtMostOneAMove = (report: ProbeReport, moves: number): void =>
  assert.ok(report.lost <= moves, `more than ${moves} lost: ${JSON.stringify(report)}`)

/** How long a request may have been open, in ms: many times what one takes on a busy machine. */
const openMost = 250
/** By which the clocks of client and router may differ, in ms. */
const slack = 20

/** Changes after which the router's kernel spreads the packets of an address otherwise than before, beginning with `hops`. */
export const movesOf = (
  changes: readonly RouteChange[],
  address: string,
  hops: readonly string[],
): readonly RouteChange[] => {
  let before = hops.join()
  return changes.filter(change => {
    if (change.prefix !== address || change.hops.join() === before) return false
    before = change.hops.join()
    return true
  })
}

/**
 * Nothing is lost but requests that were open when the router's own kernel began to spread otherwise: the node that gets the rest of one
 * does not know the connection, and resets it. What was lost at any other time is our fault; and of requests that take
 * milliseconds one move meets one at the most.
 */
export const lostOnlyInMoves = (report: ClientReport, moves: readonly RouteChange[]): void => {
  const epoch = epochOfNow()
  const times = moves.map(({ at }) => epoch + at)
  const others = report.losses.filter(({ at }) => !times.some(move => move > at - slack && move < at + openMost))
  assert.deepEqual(others, [], `lost while no path moved; it moved at ${times.map(at => at.toFixed(0)).join(", ")}`)
  assert.ok(report.lost <= moves.length, `${report.lost} lost in ${moves.length} moves: ${JSON.stringify(report)}`)
}
