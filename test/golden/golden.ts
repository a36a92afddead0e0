import assert from "node:assert/strict"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** Compares a text with a file; with UPDATE=1 the file is written instead, and its diff is reviewed like code. */
export const matchesFile = (path: string, text: string): void => {
  if (process.env["UPDATE"] === "1") {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  assert.equal(text, readFileSync(path, "utf8"), `${path} is out of date; UPDATE=1 rewrites it`)
}
