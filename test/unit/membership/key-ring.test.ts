import assert from "node:assert/strict"
import { test } from "node:test"
import {
  emptyKeyRing,
  type KeyEvent,
  type KeySource,
  keepFor,
  keyRingStep,
  turnAfter,
} from "../../../agent/core/membership/key-ring.ts"

const bytes = (name: string) => new TextEncoder().encode(name)
const said = (source: KeySource, name: string | undefined): KeyEvent => ({
  ...{ type: "said", source },
  secret: name === undefined ? undefined : bytes(name),
})
const opened = (name: string): KeyEvent => ({ type: "opened", secret: bytes(name) })
const tick: KeyEvent = { type: "tick" }

/** Plays events, one a line: what was told, and the secrets then, the one that is spoken first. */
const play = (...events: readonly (readonly [at: number, event: KeyEvent])[]) => {
  let ring = emptyKeyRing
  return events.map(([at, event]) => {
    const { next, news, wakeAt } = keyRingStep(ring, event, at)
    ring = next
    const secrets = ring.secrets.map(({ secret }) => new TextDecoder().decode(secret)).join(" ")
    return [secrets, news.join(" "), wakeAt] as const
  })
}

const never = undefined

test("a changed secret is accepted at once, spoken after ten seconds, and the old one taken away ten minutes later", () => {
  const spoken = 5_000 + turnAfter
  assert.deepEqual(
    play(
      [0, said("api", "old")],
      [5_000, said("api", "new")],
      [spoken - 1, tick],
      [spoken, tick],
      [spoken + keepFor - 1, tick],
      [spoken + keepFor, tick],
    ),
    [
      ["old", "found", never],
      ["old new", "changed", spoken],
      ["old new", "", spoken],
      ["new old", "in-use", spoken + keepFor],
      ["new old", "", spoken + keepFor],
      ["new", "dropped", never],
    ],
  )
})

test("it is spoken as soon as somebody else speaks it: one that started since has nothing else", () => {
  assert.deepEqual(
    play(
      [0, said("api", "old")],
      [0, opened("old")],
      [100, said("api", "new")],
      [200, opened("old")],
      [300, opened("new")],
    ),
    [
      ["old", "found", never],
      ["old", "", never],
      ["old new", "changed", 100 + turnAfter],
      ["old new", "", 100 + turnAfter],
      ["new old", "in-use", 300 + keepFor],
    ],
  )
})

test("the mounted file follows a minute later, which changes nothing", () => {
  assert.deepEqual(
    play(
      [0, said("file", "old")],
      [10, said("api", "old")],
      [1_000, said("api", "new")],
      [20_000, tick],
      [61_000, said("file", "new")],
    ).map(([secrets, news]) => [secrets, news]),
    [
      ["old", "found"],
      ["old", ""],
      ["old new", "changed"],
      ["new old", "in-use"],
      ["new old", ""],
    ],
  )
})

test("a container that starts meanwhile reads both: it speaks the file's as long as the file says so, and understands everybody", () => {
  assert.deepEqual(
    play(
      [0, said("file", "old")],
      [10, said("api", "new")],
      [60_000, said("file", "new")],
      [60_001, opened("new")],
    ).map(([secrets, news]) => [secrets, news]),
    [
      ["old", "found"],
      ["old new", "accepted"],
      ["old new", "changed"],
      ["new old", "in-use"],
    ],
  )
})

test("what only the file had said has an end once the file says something else", () => {
  const [, , third, fourth] = play(
    [0, said("api", "new")],
    [10, said("file", "old")],
    [60_000, said("file", "new")],
    [60_000 + keepFor, tick],
  )
  assert.deepEqual(third, ["new old", "", 60_000 + keepFor])
  assert.deepEqual(fourth, ["new", "dropped", never])
})

test("a deleted Secret is told once and its key stays; one that is made anew is a change", () => {
  assert.deepEqual(
    play(
      [0, said("api", undefined)],
      [1, said("api", "old")],
      [2, said("api", undefined)],
      [3, said("api", undefined)],
      [4, said("api", "old")],
      [5, said("api", undefined)],
      [6, said("api", "new")],
    ),
    [
      ["", "", never],
      ["old", "found", never],
      ["old", "gone", never],
      ["old", "", never],
      ["old", "", never],
      ["old", "gone", never],
      ["old new", "changed", 6 + turnAfter],
    ],
  )
})

test("a change that is taken back before it was spoken leaves the first one in use", () => {
  assert.deepEqual(
    play(
      [0, said("api", "old")],
      [1, said("api", "new")],
      [2, said("api", "old")],
      [turnAfter + 2, tick],
      [keepFor + 2, tick],
    ),
    [
      ["old", "found", never],
      ["old new", "changed", 1 + turnAfter],
      ["old new", "changed", 2 + keepFor],
      ["old new", "", 2 + keepFor],
      ["old", "dropped", never],
    ],
  )
})

test("a change that is taken back after it was spoken is a change like any other", () => {
  assert.deepEqual(
    play([0, said("api", "a")], [1, said("api", "b")], [20_000, tick], [20_001, said("api", "a")], [40_000, tick]).map(
      ([secrets, news]) => [secrets, news],
    ),
    [
      ["a", "found"],
      ["a b", "changed"],
      ["b a", "in-use"],
      ["b a", "changed"],
      ["a b", "in-use"],
    ],
  )
})

test("of many changes four secrets are kept: the one in use, the newest, and those that were in use last", () => {
  const changes = [..."abcdefg"].map((name, at) => [at, said("api", name)] as const)
  assert.deepEqual(
    play(...changes, [20_000, tick])
      .slice(-2)
      .map(([secrets]) => secrets),
    ["a g f e", "g a f e"],
  )
})
