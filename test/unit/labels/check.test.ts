import assert from "node:assert/strict"
import { test } from "node:test"
import { selectorFaults, selectorRepeats } from "../../../agent/core/labels/check.ts"
import type { LabelSelector } from "../../../agent/core/model.ts"

const one = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
})

/** [rule, selector, path and message of the fault; undefined where it is valid]. Spec 1.10. */
const rows: readonly (readonly [string, LabelSelector, readonly [string, RegExp] | undefined])[] = [
  ["the empty selector is valid", {}, undefined],
  ["a key with a prefix is valid", { matchLabels: { "example.com/App_1.x": "a-B_c.1" } }, undefined],
  ["an empty value is valid", { matchLabels: { a: "" } }, undefined],
  ["Exists without values is valid", one("a", "Exists"), undefined],
  ["a key of 63 letters is valid", one("a".repeat(63), "Exists"), undefined],
  ["a key of 64 letters is not", one("a".repeat(64), "Exists"), ["matchExpressions[0].key", /at most 63/]],
  ["an empty key is not", one("", "Exists"), ["matchExpressions[0].key", /not a label key/]],
  ["a key that ends in a dash is not", one("a-", "Exists"), ["matchExpressions[0].key", /not a label key/]],
  ["a prefix in capitals is not", one("Example/a", "Exists"), ["matchExpressions[0].key", /lower-case DNS name/]],
  ["a prefix of 254 letters is not", one(`${"a".repeat(254)}/a`, "Exists"), ["matchExpressions[0].key", /253/]],
  [
    "an operator in lower case is not",
    one("a", "in", "x"),
    ["matchExpressions[0].operator", /allowed are In, NotIn, Exists/],
  ],
  [
    "an operator of node affinity is not",
    one("a", "Gt", "1"),
    ["matchExpressions[0].operator", /"Gt" is not an operator/],
  ],
  ["In without values is not", one("a", "In"), ["matchExpressions[0].values", /needs at least one value/]],
  ["NotIn without values is not", one("a", "NotIn"), ["matchExpressions[0].values", /needs at least one value/]],
  ["Exists with values is not", one("a", "Exists", "x"), ["matchExpressions[0].values", /takes no values/]],
  ["DoesNotExist with values is not", one("a", "DoesNotExist", "x"), ["matchExpressions[0].values", /takes no values/]],
  ["a value with a space is not", one("a", "In", "b", "x y"), ["matchExpressions[0].values[1]", /not a label value/]],
  ["a value of 64 letters is not", { matchLabels: { a: "b".repeat(64) } }, ["matchLabels[a]", /not a label value/]],
]

for (const [rule, selector, expected] of rows) {
  test(`selector check: ${rule}`, () => {
    const faults = selectorFaults(selector)
    assert.equal(faults.length, expected === undefined ? 0 : 1)
    const [fault] = faults
    if (fault === undefined || expected === undefined) return
    assert.equal(fault.path, expected[0])
    assert.match(fault.message, expected[1])
  })
}

/** [rule, selectors, paths of what is repeated]. Spec 1.10: the order of values does not tell expressions apart. */
const repeats: readonly (readonly [string, readonly LabelSelector[], readonly string[]])[] = [
  ["different selectors", [one("a", "In", "1"), one("a", "In", "2")], []],
  ["a value twice", [one("a", "In", "1", "2", "1")], ["[0].matchExpressions[0].values[2]"]],
  [
    "an expression twice, its values in another order",
    [
      {
        matchExpressions: [
          { key: "a", operator: "In", values: ["1", "2"] },
          { key: "a", operator: "In", values: ["2", "1"] },
        ],
      },
    ],
    ["[0].matchExpressions[1]"],
  ],
  ["a selector twice", [one("a", "In", "1", "2"), { matchLabels: { b: "1" } }, one("a", "In", "2", "1")], ["[2]"]],
]

for (const [rule, selectors, paths] of repeats) {
  test(`selector check: ${rule} gives ${paths.length === 0 ? "no report" : paths.join(", ")}`, () => {
    assert.deepEqual(
      selectorRepeats(selectors).map(repeat => repeat.path),
      paths,
    )
  })
}
