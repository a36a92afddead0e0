import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { describe, it } from "node:test"
import { root } from "../../run/places.ts"

/** Packages that are loaded as soon as a file is: its static imports and theirs; import() and types do not count. */
const packagesOf = (entry: string): readonly string[] => {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const text = readFileSync(path, "utf8")
    for (const [, clause = "", specifier = ""] of text.matchAll(/^(?:import|export) ([^"]*?)from "([^"]+)"/gm)) {
      if (clause.startsWith("type ")) continue
      if (specifier.startsWith(".")) visit(join(dirname(path), specifier))
      else if (!specifier.startsWith("node:")) packages.add(specifier)
    }
  }
  visit(join(root, entry))
  assert.ok(seen.size > 3, `${relative(root, entry)} imports next to nothing, so nothing was looked at`)
  return [...packages].sort()
}

describe("start-up", () => {
  it("--help loads no package at all", () => {
    assert.deepEqual(packagesOf("plugin/main.ts"), [])
    assert.deepEqual(packagesOf("plugin/cli/help.ts"), [])
  })

  it("explain and version --client load neither the cluster's client nor the spinner", () => {
    assert.deepEqual(packagesOf("plugin/commands/explain.ts"), [])
    assert.deepEqual(packagesOf("plugin/commands/version.ts"), [])
    assert.deepEqual(packagesOf("plugin/cli/parse.ts"), ["yargs"])
  })

  it("the client is loaded where a cluster is opened, and the spinner where one turns", () => {
    assert.deepEqual(packagesOf("plugin/cluster/connect.ts"), [])
    assert.deepEqual(packagesOf("plugin/cli/session.ts"), [])
  })
})
