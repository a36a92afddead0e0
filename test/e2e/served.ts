import assert from "node:assert/strict"
import type { ProbeReport } from "../client/report.ts"

/**
 * Nothing is lost but requests that are open while their address or their route moves: the kernel of the node that gets the rest of one
 * does not know the connection, and resets or drops it (docs/ownership.md). Of requests that take milliseconds that meets at
 * most one a move.
 */
export const lostAtMostOneAMove = (report: ProbeReport, moves: number): void =>
  assert.ok(report.lost <= moves, `more than ${moves} lost: ${JSON.stringify(report)}`)
