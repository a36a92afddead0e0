import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { commandNames } from "../../../plugin/cli/registry.ts"
import { root } from "../../run/places.ts"

const textOf = (path: string): string => readFileSync(join(root, path), "utf8")
const docs = readdirSync(join(root, "docs")).map(name => `docs/${name}`)
const pages = [...readdirSync(root), ...docs, "test/README.md", "test/lab/README.md"].filter(path =>
  path.endsWith(".md"),
)

/** Cells of the tables of a page, row by row, without heads and rules. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split("\n")
    .filter((line, at, lines) => line.startsWith("|") && !line.startsWith("|--") && !lines[at + 1]?.startsWith("|--"))
    .map(line => line.split("|").map(cell => cell.trim()))

/** A file below test/ and, quoted behind it, texts that stand in it; a bare name lies beside the file before it. */
const missingIn = (cell: string): readonly string[] => {
  const missing: string[] = []
  let path = ""
  for (const [, file, title] of cell.matchAll(/((?:[\w-]+\/)*[\w.-]+\.(?:ts|json))|"([^"]+)"/g)) {
    if (file !== undefined) {
      path = file.includes("/") ? `test/${file}` : join(dirname(path), file)
      if (!existsSync(join(root, path))) missing.push(path)
    } else if (!existsSync(join(root, path)) || !textOf(path).includes(title ?? "")) missing.push(`${path} "${title}"`)
  }
  return missing
}

for (const page of ["docs/compatibility.md", "docs/rfcs.md"])
  test(`${page} names only tests that there are`, () => {
    const cells = rowsOf(textOf(page)).map(row => row.at(-2) ?? "")
    assert.ok(cells.filter(cell => cell.includes(".test.ts")).length > 20, "it names some at all")
    assert.deepEqual(cells.flatMap(missingIn), [])
  })

test("a test that is not there is noticed, by its file and by its title", () => {
  assert.deepEqual(missingIn('architecture/rules.ts "no default exports", "a rule of nobody", nothing.test.ts'), [
    'test/architecture/rules.ts "a rule of nobody"',
    "test/architecture/nothing.test.ts",
  ])
})

test("docs/rfcs.md names only sources that there are", () => {
  const named = [...textOf("docs/rfcs.md").matchAll(/`((?:agent|plugin)\/[\w./-]+)`/g)].map(([, path]) => path ?? "")
  assert.ok(named.length > 20, "it names some at all")
  assert.deepEqual(
    named.filter(path => !existsSync(join(root, path))),
    [],
  )
})

for (const page of pages) {
  const text = textOf(page)
  test(`${page} links only to files that there are`, () => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? "")
    const local = links.filter(link => !/^https?:/.test(link))
    assert.deepEqual(
      local.filter(link => !existsSync(join(root, dirname(page), link))),
      [],
    )
  })

  test(`${page} names only scripts that package.json has`, () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { readonly scripts: Readonly<Record<string, string>> }
    const named = [...text.matchAll(/npm (?:run (?:-s )?([a-z:]+)|(test))/g)].map(([, run, own]) => run ?? own ?? "")
    assert.deepEqual(
      named.filter(name => !Object.hasOwn(scripts, name)),
      [],
    )
  })
}

test("README.md and ARCHITECTURE.md name only commands that the plugin has", () => {
  const first = new Set(commandNames().map(name => name.split(" ")[0]))
  for (const page of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/operations.md"]) {
    const named = [...textOf(page).matchAll(/kubectl metallb ([a-z][a-z-]*)/g)].map(([, name]) => name)
    assert.deepEqual(
      named.filter(name => !first.has(name)),
      [],
      page,
    )
  }
})
