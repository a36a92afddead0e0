import assert from "node:assert/strict"
import { test } from "node:test"
import { rememberingHashes } from "../../../agent/core/remembered-hash.ts"
import { crypto } from "./fixtures.ts"

const counting = (most?: number) => {
  const asked: string[] = []
  const sha256 = (text: string) => {
    asked.push(text)
    return crypto.sha256(text)
  }
  return { asked, ...rememberingHashes({ sha256 }, most) }
}

test("each hash is computed once, and is the same", () => {
  const { asked, sha256 } = counting()
  for (const text of ["n1#10.0.0.1", "n2#10.0.0.1", "n1#10.0.0.1"]) assert.deepEqual(sha256(text), crypto.sha256(text))
  assert.deepEqual(asked, ["n1#10.0.0.1", "n2#10.0.0.1"])
})

test("what is remembered is bounded, and what is forgotten is computed again", () => {
  const { asked, sha256 } = counting(3)
  for (let at = 0; at < 1_000; at++) assert.deepEqual(sha256(`n1#${at}`), crypto.sha256(`n1#${at}`))
  assert.equal(asked.length, 1_000)
  sha256("n1#0")
  assert.equal(asked.length, 1_001)
})
