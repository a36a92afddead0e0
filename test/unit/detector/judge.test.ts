import assert from "node:assert/strict"
import { test } from "node:test"
import { judge } from "../../../agent/core/detector/judge.ts"

const verdict = (
  vip: "owner" | "other" | "silent" | "none",
  node: "answers" | "silent" | "unknown",
  thirdParty: boolean,
) => {
  const found = judge({ vip, node, thirdParty })
  return found.kind === "gone" ? found.gone : found.kind
}

test("an owner that answers for its VIP lives, whatever else is silent", () => {
  for (const node of ["answers", "silent", "unknown"] as const) {
    for (const heard of [true, false]) assert.equal(verdict("owner", node, heard), "path-broken")
  }
})

test("a node that answers while its VIP does not has lost its speaker", () => {
  for (const vip of ["other", "silent", "none"] as const) {
    for (const heard of [true, false]) assert.equal(verdict(vip, "answers", heard), "speaker")
  }
})

test("where neither answers, a third party tells a dead node from a watcher that is cut off", () => {
  for (const vip of ["other", "silent", "none"] as const) {
    for (const node of ["silent", "unknown"] as const) {
      assert.equal(verdict(vip, node, true), "node")
      assert.equal(verdict(vip, node, false), "cut-off")
    }
  }
})
