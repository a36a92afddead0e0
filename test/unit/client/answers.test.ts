import assert from "node:assert/strict"
import { test } from "node:test"
import { doublesOf, longestOf, ownersOf, readAnswers, silenceOf, silencesOf } from "../../client/answers.ts"

const answers = (...lines: readonly string[]) => readAnswers(lines).get(0) ?? { asks: [] }
const ask = (ms: number, number = 0) => `ask ${number} ${ms}000000`
const reply = (ms: number, mac: string, number = 0) => `reply ${number} ${ms}000000 ${mac}`

test("a reply belongs to the last question about its address", () => {
  const all = readAnswers([ask(0), ask(10, 1), reply(11, "b", 1), reply(13, "a"), ask(20)])
  assert.deepEqual(all.get(0)?.asks, [
    { at: 0, replies: [{ mac: "a", ms: 13 }] },
    { at: 20, replies: [] },
  ])
  assert.deepEqual(all.get(1)?.asks, [{ at: 10, replies: [{ mac: "b", ms: 1 }] }])
})

test("a line of another kind is an error, not a question less", () => {
  assert.throws(() => readAnswers(["who-has: send: No buffer space"]), /who-has printed/)
})

test("silence reaches from the last answered question to the next answered one", () => {
  const seen = answers(ask(0), reply(1, "a"), ask(20), ask(40), ask(60), reply(61, "b"))
  assert.equal(silenceOf(seen).outageMs, 60)
  assert.equal(silenceOf(seen).lost, 2)
  assert.deepEqual(silenceOf(seen).who, { a: 1, b: 1 })
})

test("silence at the end counts as well, up to the next question that would have come", () => {
  assert.equal(silenceOf(answers(ask(0), reply(1, "a"), ask(20), ask(40))).outageMs, 60)
})

test("two owners at once are told with how long, and when last", () => {
  const seen = answers(
    ...[ask(0), reply(1, "a"), ask(20), reply(21, "a"), reply(21, "b"), ask(40), reply(41, "b"), reply(41, "a")],
    ...[ask(60), reply(61, "b"), ask(80), reply(81, "b")],
  )
  assert.deepEqual(doublesOf(seen), [{ from: 20, to: 60, last: 41, macs: ["a", "b"] }])
  assert.equal(longestOf(doublesOf(seen)), 40)
  assert.deepEqual(ownersOf(seen), ["a", "b"])
})

test("one owner that answers twice is one owner", () => {
  assert.deepEqual(doublesOf(answers(ask(0), reply(1, "a"), reply(2, "a"))), [])
  assert.equal(longestOf([]), 0)
})

test("two owners at the end count up to the last answer", () => {
  const seen = answers(ask(0), reply(1, "a"), ask(20), reply(21, "a"), reply(25, "b"))
  assert.deepEqual(doublesOf(seen), [{ from: 20, to: 25, last: 25, macs: ["a", "b"] }])
})

test("a silence lies between two answered questions, or reaches to the end; before the first answer there is none", () => {
  const reply = [{ mac: "02:00:00:00:00:01", ms: 0.1 }]
  const asked = (answered: string) =>
    silencesOf({ asks: [...answered].map((one, turn) => ({ at: turn * 20, replies: one === "+" ? reply : [] })) })
  assert.deepEqual(asked("++++"), [])
  assert.deepEqual(asked("++-+--+"), [
    { from: 20, to: 60 },
    { from: 60, to: 120 },
  ])
  assert.deepEqual(asked("--+"), [])
  assert.deepEqual(asked("+--"), [{ from: 0, to: 40 }])
})
