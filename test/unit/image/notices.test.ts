import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { noticesOf } from "../../../agent/image/notices.ts"

const top = mkdtempSync(join(tmpdir(), "notices-"))
after(() => rmSync(top, { recursive: true }))

const packageFolder = (name: string, manifest: object, files: Readonly<Record<string, string>> = {}) => {
  const folder = join(top, name)
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0", ...manifest }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

test("a package's licence text follows its name, version and licence", () => {
  const folder = packageFolder(
    "left",
    { license: "ISC" },
    { "LICENSE.md": "Permission is granted.\n\n", "README.md": "x" },
  )
  assert.match(noticesOf([folder]), /^=+\nleft 1\.0\.0 \(ISC\)\n\nPermission is granted\.\n$/)
})

test("a package without a licence text is named with its licence alone", () => {
  assert.match(noticesOf([packageFolder("bare", { license: "MIT" })]), /^=+\nbare 1\.0\.0 \(MIT\)\n\n$/)
})

test("a package without any licence cannot be bundled", () => {
  assert.throws(() => noticesOf([packageFolder("none", {})]), /package none 1\.0\.0: it has no licence text/)
})
