import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { type Reason, reasonCodes, reasonOf } from "../../../agent/core/reasons.ts"
import { sources } from "../../architecture/sources.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import { reasonsDocument } from "./document.ts"

const all = reasonCodes().map(code => [code, reasonOf(code) as Reason] as const)

test("every reason has a title without a full stop and a meaning with one", () => {
  for (const [code, { title, meaning }] of all) {
    assert.match(title, /^([A-Z]|kube-proxy).*[^.]$/, code)
    assert.match(meaning, /^.+\.$/s, code)
  }
})

test("a code is used by the programs, or it should not stand in the table", () => {
  const text = sources(["agent", "plugin"])
    .filter(s => !s.path.startsWith("agent/core/reasons"))
    .map(s => s.text)
    .join("\n")
  assert.deepEqual(
    all.map(([code]) => code).filter(code => !text.includes(`"${code}"`)),
    [],
  )
})

test("a code stands in one file alone, because the later of two would silently win", () => {
  const written = sources(["agent/core/reasons"]).flatMap(s => [...s.text.matchAll(/^ {2}(ML\d+): /gm)].map(m => m[1]))
  assert.deepEqual(written.toSorted(), [...all.map(([code]) => code)])
})

test("docs/reasons.md says what the table says", () => matchesFile(join(root, "docs/reasons.md"), reasonsDocument()))
