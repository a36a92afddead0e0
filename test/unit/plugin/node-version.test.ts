import assert from "node:assert/strict"
import { test } from "node:test"
import { Failure } from "../../../plugin/cli/failure.ts"
import { requireNode } from "../../../plugin/cluster/node-version.ts"

test("a Node that the client library cannot run on is named in one sentence", () => {
  for (const old of ["20.20.2", "22.18.9", "18.0.0"]) {
    assert.throws(
      () => requireNode(old),
      (error: unknown) => error instanceof Failure && error.message.includes(`Node ${old}`),
      old,
    )
  }
})

test("newer ones pass", () => {
  for (const fine of ["22.19.0", "23.0.0", "26.10.0"]) requireNode(fine)
})
