import assert from "node:assert/strict"
import type { ProbeReport } from "../client/report.ts"

/**
 * Every request is answered, but for one that is open while its address or its route moves: the kernel of the node that gets the rest of
 * it does not know the connection and resets it (docs/ownership.md). Of requests that take milliseconds that meets at most one
 * a move, as a rule.
 */
export const allServed = (report: ProbeReport, moves: number): void => {
  const resets = report.errors["ECONNRESET"] ?? 0
  assert.equal(report.lost - resets, 0, JSON.stringify(report))
  assert.ok(resets <= moves, JSON.stringify(report))
}
