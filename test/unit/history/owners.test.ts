import assert from "node:assert/strict"
import { test } from "node:test"
import type { Change } from "../../../agent/core/history/change.ts"
import { ownerChanges } from "../../../agent/core/history/owners.ts"

const noon = Date.UTC(2026, 0, 1, 14, 2, 11)

const change = (node: string, did: Change["did"], at: number, more: Partial<Change> = {}): Change => ({
  at: noon + at,
  vip: "10.0.0.1",
  node,
  did,
  other: undefined,
  reason: did === "started" ? "ML360" : "ML366",
  because: undefined,
  vacantFor: did === "started" ? 0 : undefined,
  ...more,
})

/** "from > to reason (who told)" */
const lines = (told: readonly Change[]): readonly string[] =>
  ownerChanges(told).map(({ from, to, reason, told: by }) => `${from ?? "-"} > ${to ?? "-"} ${reason} (${by})`)

test("a hand-over that both told is one change, by the words of the one who took it", () => {
  const told = [
    change("n1", "stopped", 11, { other: "n2", reason: "ML365" }),
    change("n2", "started", 0, { other: "n1", reason: "ML362" }),
  ]
  assert.deepEqual(lines(told), ["n1 > n2 ML362 (n1,n2)"])
  assert.deepEqual(ownerChanges(told), ownerChanges(told.toReversed()))
})

test("clocks that differ by seconds do not make two of it, and minutes do", () => {
  const told = (later: number) => [
    change("n2", "started", 0, { other: "n1", reason: "ML362" }),
    change("n1", "stopped", later, { other: "n2", reason: "ML365" }),
  ]
  assert.equal(lines(told(-4_000)).length, 1)
  assert.equal(lines(told(4_000)).length, 1)
  assert.deepEqual(lines(told(60_000)), ["n1 > n2 ML365 (n1)", "n1 > n2 ML362 (n2)"])
})

test("of a node that has gone the others still tell", () => {
  const told = [
    change("n3", "stopped", 0, { other: "n1", reason: "ML365" }),
    change("n2", "started", 90_000, { other: "n1", reason: "ML361", because: "ML352", vacantFor: 210 }),
  ]
  assert.deepEqual(lines(told), ["n1 > n2 ML361 (n2)", "n3 > n1 ML365 (n3)"])
  assert.deepEqual([ownerChanges(told)[0]?.because, ownerChanges(told)[0]?.vacantFor], ["ML352", 210])
})

test("an address that nobody has any more, and has again", () => {
  const told = [
    change("n1", "started", 0),
    change("n1", "stopped", 60_000),
    change("n2", "started", 120_000, { vacantFor: 60_000 }),
  ]
  assert.deepEqual(lines(told), ["- > n2 ML360 (n2)", "n1 > - ML366 (n1)", "- > n1 ML360 (n1)"])
})

test("to and fro in quick succession stays in order", () => {
  const told = [
    change("n2", "started", 0, { other: "n1", reason: "ML362" }),
    change("n1", "stopped", 5, { other: "n2", reason: "ML365" }),
    change("n1", "started", 900, { other: "n2", reason: "ML363" }),
    change("n2", "stopped", 905, { other: "n1", reason: "ML365" }),
  ]
  assert.deepEqual(lines(told), ["n2 > n1 ML363 (n1,n2)", "n1 > n2 ML362 (n1,n2)"])
})

test("addresses are told apart", () => {
  const told = [change("n1", "started", 0), change("n2", "started", 0, { vip: "10.0.0.2" })]
  assert.deepEqual(
    ownerChanges(told).map(({ vip, to }) => `${vip} ${to}`),
    ["10.0.0.1 n1", "10.0.0.2 n2"],
  )
})

test("an address that was stood in for kept its owner", () => {
  const told = [change("n2", "stood-in", 5, { other: "n1", reason: "ML390", because: "ML354" })]
  const [one] = ownerChanges(told)
  assert.deepEqual([one?.from, one?.to, one?.standIn, one?.reason, one?.because], ["n1", "n1", "n2", "ML390", "ML354"])
})
