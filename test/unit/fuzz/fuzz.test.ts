import assert from "node:assert/strict"
import { test } from "node:test"
import { fuzzOnce } from "../../fuzz/fuzz.ts"
import { shrink } from "../../fuzz/mutate.ts"
import { Random } from "../../fuzz/random.ts"
import { targets } from "../../fuzz/targets.ts"

for (const target of targets) {
  test(`damaged texts for ${target.name} find nothing, from a fixed seed`, () => {
    for (const text of target.corpus) target.check(text)
    for (let seed = 1; seed <= 600; seed += 1) {
      const failing = fuzzOnce(target, seed)
      assert.equal(failing, undefined, `seed ${seed}: ${JSON.stringify(failing?.text)}\n${String(failing?.error)}`)
    }
  })
}

test("a seed makes the same numbers every time, and another seed makes others", () => {
  const numbers = (seed: number) => {
    const random = new Random(seed)
    return Array.from({ length: 5 }, () => random.below(1000))
  }
  assert.deepEqual(numbers(7), numbers(7))
  assert.notDeepEqual(numbers(7), numbers(8))
})

test("a failure is found and cut down to what matters", () => {
  const check = (text: string) => assert.ok(!text.includes("!!"))
  const target = { name: "t", corpus: ["some text !! and more"], pieces: ["x"], check }
  let found = ""
  for (let seed = 1; seed < 20 && found === ""; seed += 1) found = fuzzOnce(target, seed)?.text ?? ""
  assert.equal(found, "!!")
  assert.equal(
    shrink("aaabaaa", text => text.includes("b")),
    "b",
  )
})
