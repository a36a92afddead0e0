import assert from "node:assert/strict"
import { test } from "node:test"
import { formatSelector } from "../../../agent/core/labels/format.ts"
import { matchesAny, matchesSelector } from "../../../agent/core/labels/match.ts"
import type { LabelSelector } from "../../../agent/core/model.ts"

const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
})

/** [rule, selector, labels, whether it matches]. */
const rows: readonly (readonly [string, LabelSelector, Record<string, string>, boolean])[] = [
  ["an empty selector matches everything", {}, { a: "1" }, true],
  ["an empty selector matches an object without labels", {}, {}, true],
  ["matchLabels holds where key and value agree", { matchLabels: { a: "1" } }, { a: "1", b: "2" }, true],
  ["matchLabels fails on another value", { matchLabels: { a: "1" } }, { a: "2" }, false],
  ["matchLabels fails on a missing key", { matchLabels: { a: "" } }, {}, false],
  ["all matchLabels must hold", { matchLabels: { a: "1", b: "2" } }, { a: "1" }, false],
  ["In holds for a listed value", expression("a", "In", "1", "2"), { a: "2" }, true],
  ["In fails for another value", expression("a", "In", "1", "2"), { a: "3" }, false],
  ["In fails where the key is absent", expression("a", "In", "1"), {}, false],
  ["NotIn fails for a listed value", expression("a", "NotIn", "1"), { a: "1" }, false],
  ["NotIn holds for another value", expression("a", "NotIn", "1"), { a: "2" }, true],
  ["NotIn holds where the key is absent", expression("a", "NotIn", "1"), {}, true],
  ["Exists holds for any value, the empty one too", expression("a", "Exists"), { a: "" }, true],
  ["Exists fails where the key is absent", expression("a", "Exists"), { b: "1" }, false],
  ["DoesNotExist holds where the key is absent", expression("a", "DoesNotExist"), { b: "1" }, true],
  ["DoesNotExist fails where the key is there", expression("a", "DoesNotExist"), { a: "" }, false],
  ["an operator that is unknown never matches", expression("a", "Gt", "1"), { a: "2" }, false],
  ["a key that every object inherits is absent", expression("constructor", "Exists"), {}, false],
  [
    "labels and expressions must both hold",
    { matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "Exists" }] },
    { a: "1" },
    false,
  ],
]

for (const [rule, selector, labels, expected] of rows) {
  test(`selector: ${rule}`, () => assert.equal(matchesSelector(selector, labels), expected))
}

test("selector: of several, one is enough, and an empty list matches nothing", () => {
  const selectors = [{ matchLabels: { a: "1" } }, { matchLabels: { a: "2" } }]
  assert.equal(matchesAny(selectors, { a: "2" }), true)
  assert.equal(matchesAny(selectors, { a: "3" }), false)
  assert.equal(matchesAny([], { a: "2" }), false)
})

test("selector: its text is the one that kubectl -l takes, whatever the order of terms and values", () => {
  const selector: LabelSelector = {
    matchLabels: { tier: "web", app: "shop" },
    matchExpressions: [
      { key: "zone", operator: "In", values: ["b", "a"] },
      { key: "old", operator: "DoesNotExist" },
      { key: "new", operator: "Exists" },
      { key: "env", operator: "NotIn", values: ["test"] },
    ],
  }
  assert.equal(formatSelector(selector), "!old,app=shop,env notin (test),new,tier=web,zone in (a,b)")
  assert.equal(formatSelector({}), "")
})
