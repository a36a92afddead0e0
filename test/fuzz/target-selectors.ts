import assert from "node:assert/strict"
import { decodeL2Advertisement } from "../../agent/core/kube/decode-config.ts"
import { selectorFaults, selectorRepeats } from "../../agent/core/labels/check.ts"
import { formatSelector } from "../../agent/core/labels/format.ts"
import { matchesSelector } from "../../agent/core/labels/match.ts"
import type { LabelMap, LabelSelector } from "../../agent/core/model.ts"
import type { Target } from "./fuzz.ts"

const labels: LabelMap = { app: "web", "example.com/team": "a", empty: "" }

/** Label selectors as they come from the API: never a throw, and the canonical text is the same for the same meaning. */
export const selectors: Target = {
  name: "selectors",
  corpus: [
    '{"matchLabels":{"app":"web"}}',
    '{"matchExpressions":[{"key":"app","operator":"In","values":["web","api"]}]}',
    '{"matchExpressions":[{"key":"example.com/team","operator":"Exists"},{"key":"x","operator":"DoesNotExist"}]}',
    '{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"c","operator":"NotIn","values":["d"]}]}',
    "{}",
  ],
  pieces: [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "1",
    '"In"',
    '"NotIn"',
    '"__proto__"',
    '"constructor"',
    '"values":[]',
    '"key":""',
  ],
  check: text => {
    const json = jsonOf(text)
    if (json === undefined) return
    const decoded = decodeL2Advertisement({ metadata: { name: "x" }, spec: { nodeSelectors: [json, json] } })
    assert.ok(decoded.ok)
    const [selector, same] = decoded.value.nodeSelectors
    if (selector === undefined || same === undefined) return
    const faults = selectorFaults(selector)
    const matches = matchesSelector(selector, labels)
    assert.equal(formatSelector(selector), formatSelector(turned(selector)), "order tells no two selectors apart")
    assert.equal(matchesSelector(turned(selector), labels), matches)
    assert.ok(selectorRepeats([selector, same]).some(({ path }) => path === "[1]"))
    assert.ok(faults.every(({ path, message }) => path !== "" && message !== ""))
  },
}

const turned = (selector: LabelSelector): LabelSelector => ({
  ...selector,
  ...(selector.matchExpressions === undefined ? {} : { matchExpressions: [...selector.matchExpressions].reverse() }),
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
