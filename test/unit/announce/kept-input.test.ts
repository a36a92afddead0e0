import assert from "node:assert/strict"
import { test } from "node:test"
import { announcements } from "../../../agent/core/announce/announcements.ts"
import { announceContext } from "../../../agent/core/announce/context.ts"
import { keptInput, readKeptInput } from "../../../agent/core/announce/kept-input.ts"
import { crypto, web, world } from "./fixtures.ts"

const { input } = world([web()])

test("what is kept decides as what was read, after a way through a file", () => {
  const again = readKeptInput(JSON.parse(JSON.stringify(keptInput(input))))
  assert.ok(again)
  for (const node of ["n1", "n2", "n3"])
    assert.deepEqual(
      announcements(announceContext(again), node, crypto),
      announcements(announceContext(input), node, crypto),
    )
})

test("a file that nests without end is no input, and stops nobody", () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
  const services = JSON.parse(`{"services":${nested}}`)
  assert.equal(readKeptInput({ version: 1, input: services }), undefined)
})

test("a file of another version, or of anything else, is no input", () => {
  const kept = keptInput(input) as Record<string, unknown>
  for (const other of [{ ...kept, version: 0 }, { ...kept, input: {} }, { ...kept, input: [] }, "", null, 7, []])
    assert.equal(readKeptInput(JSON.parse(JSON.stringify(other))), undefined)
})
