import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { runOnLab } from "../../run/cluster-stage.ts"
import { root } from "../../run/places.ts"

const names = ["a", "b", "c", "d", "e"]

/** Runs five files, each with as many failures as is said, one run after the other; what broke of the lab after each failed run. */
const play = async (
  failures: Readonly<Record<string, readonly number[]>>,
  { own = true, faults = [] as readonly string[] } = {},
) => {
  const done: string[] = []
  const tries = new Map<string, number>()
  const counts = await runOnLab({
    files: names.map(name => join(root, name)),
    own,
    runFile: async file => {
      const name = file.slice(root.length + 1)
      const time = tries.get(name) ?? 0
      tries.set(name, time + 1)
      done.push(name)
      return { passed: 1, failed: failures[name]?.[time] ?? 0, skipped: 0 }
    },
    faults: async () => faults,
    picture: async () => "as it is",
    replace: async () => void done.push("new lab"),
    print: text => void done.push(text.split("\n")[0] ?? ""),
  })
  return { done, counts }
}

test("files run in order on one lab, and add up", async () => {
  const { done, counts } = await play({})
  assert.deepEqual([done, counts], [names, { passed: 5, failed: 0, skipped: 0 }])
})

test("a failed file is told with its lab, and the next one has a lab of its own; it does not run again", async () => {
  const { done, counts } = await play({ b: [2] })
  assert.deepEqual(done, ["a", "b", "after b: all parts of the lab answer", "new lab", "c", "d", "e"])
  assert.deepEqual(counts, { passed: 5, failed: 2, skipped: 0 })
})

test("after three failed files the others count as failed without a run", async () => {
  const { done, counts } = await play({ a: [1], b: [1], c: [1] })
  assert.deepEqual(
    done.filter(line => names.includes(line)),
    ["a", "b", "c"],
  )
  assert.deepEqual(counts, { passed: 3, failed: 5, skipped: 0 })
  assert.equal(done.at(-1), "e: not run, since 3 files have failed; it counts as failed")
})

test("where a part of the lab itself died the file runs again, once in a whole run, and what it says then counts", async () => {
  const faults = ["node n1 is off"]
  const { done, counts } = await play({ b: [3, 0], d: [1, 0] }, { faults })
  assert.deepEqual(
    done.filter(line => names.includes(line)),
    ["a", "b", "b", "c", "d", "e"],
  )
  assert.ok(done.includes("after b: node n1 is off"))
  assert.deepEqual(counts, { passed: 5, failed: 1, skipped: 0 })
})

test("a lab that ran before is neither replaced nor tried again", async () => {
  const { done, counts } = await play({ b: [1] }, { own: false, faults: ["node n1 is off"] })
  assert.deepEqual(done, ["a", "b", "after b: node n1 is off", "c", "d", "e"])
  assert.equal(counts.failed, 1)
})
