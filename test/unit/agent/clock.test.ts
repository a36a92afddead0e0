import assert from "node:assert/strict"
import { test } from "node:test"
import { realClock } from "../../../agent/ports/clock.ts"

test("a wait that is longer than a timer can be does not end at once", async () => {
  let ended = 0
  const waits = [2 ** 31, 2 ** 40].map(ms => realClock.after(ms, () => (ended += 1)))
  await new Promise<void>(resolve => realClock.after(5, resolve))
  for (const wait of waits) wait.cancel()
  assert.equal(ended, 0)
})
