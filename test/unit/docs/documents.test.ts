import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { before, test } from "node:test"
import { commandNames } from "../../../plugin/cli/registry.ts"
import { root } from "../../run/places.ts"
import { rfcSections } from "./rfc-sections.ts"

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

/** What the last column of a row names: files below test/, each with the texts quoted behind it; a bare name lies beside the file before it. */
const referencesOf = (cell: string): readonly Reference[] => {
  const found: { readonly path: string; readonly titles: string[] }[] = []
  for (const [, file, title] of cell.matchAll(/((?:[\w-]+\/)*[\w.-]+\.(?:ts|json))|"([^"]+)"/g)) {
    const before = found.at(-1)
    if (title !== undefined) before?.titles.push(title)
    else if (file?.includes("/")) found.push({ path: `test/${file}`, titles: [] })
    else found.push({ path: join(dirname(before?.path ?? "test"), file ?? ""), titles: [] })
  }
  return found
}

type Reference = { readonly path: string; readonly titles: readonly string[] }

/** Names of the tests of files, by the file's path; the files are loaded in a process of their own, and no test runs. */
const testsOf = (paths: readonly string[]): Readonly<Record<string, readonly string[]>> => {
  const lister = join(import.meta.dirname, "list-titles.ts")
  const { status, stdout, stderr } = spawnSync(process.execPath, [lister, ...paths], {
    cwd: root,
    encoding: "utf8",
    timeout: 50_000,
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

/** A file with tests of known names, for the test of these tests. */
const example = "test/unit/ip/address.test.ts"
const tables = ["docs/compatibility.md", "docs/rfcs.md"]
const cellsOf = (text: string): readonly string[] => rowsOf(text).map(row => row.at(-2) ?? "")
const named = tables.flatMap(page => cellsOf(textOf(page)).flatMap(referencesOf))
const testFiles = named.filter(({ path, titles }) => titles.length > 0 && path.endsWith(".test.ts"))
const there = [...new Set(testFiles.map(({ path }) => path))].filter(path => existsSync(join(root, path)))
let names: Readonly<Record<string, readonly string[]>> = {}

before(() => {
  names = testsOf([...there, example])
})

/** Whether whole words of `title` are `words`: anywhere in it, or from its beginning on. */
const says = (title: string, words: string, where: "anywhere" | "first"): boolean => {
  const at = title.indexOf(words)
  const isEdge = (place: number) => !/\w\w/.test(title.slice(place - 1, place + 1))
  return at >= 0 && (where === "anywhere" || at === 0) && (at === 0 || isEdge(at)) && isEdge(at + words.length)
}

/** Files that there are not, and titles that no test of their file has; of a file without tests, texts that do not stand in it. */
const missingIn = (references: readonly Reference[], where: "anywhere" | "first" = "anywhere"): readonly string[] =>
  references.flatMap(({ path, titles }) => {
    if (!existsSync(join(root, path))) return [path]
    const stands = (words: string) =>
      path.endsWith(".test.ts")
        ? names[path]?.some(title => says(title, words, where)) === true
        : textOf(path).includes(words)
    return titles.filter(title => !stands(title)).map(title => `${path} "${title}"`)
  })

for (const page of tables)
  test(`${page} names only tests that there are`, () => {
    const references = cellsOf(textOf(page)).map(referencesOf)
    assert.ok(references.filter(each => each.length > 0).length > 20, "it names some at all")
    assert.deepEqual(
      references.flatMap(each => missingIn(each)),
      [],
    )
  })

/** The rules of sections of compatibility.md, from one heading to another, with what each names. */
const rulesOf = (from: string, to: string) => {
  const text = textOf("docs/compatibility.md")
  return rowsOf(text.slice(text.indexOf(from), text.indexOf(to)))
    .filter(row => !row.includes("not yet"))
    .map(row => ({ rule: row[1] ?? "", references: referencesOf(row.at(-2) ?? "") }))
}

for (const [sections, from, to, least] of [
  ["1 to 4", "\n## 1. ", "\n## 5. ", 150],
  ["6", "\n## 6. ", "\n## 7. ", 50],
  ["7 to 9", "\n## 7. ", "\n## Beyond", 40],
] as const)
  test(`every rule of sections ${sections} names its tests: files, and for each the titles or their beginnings`, () => {
    const rules = rulesOf(from, to)
    assert.ok(rules.length > least, "there are rules at all")
    const isShown = ({ path, titles }: Reference) => path.endsWith(".test.ts") && titles.length > 0
    const unshown = rules.filter(({ references }) => references.length === 0 || !references.every(isShown))
    assert.deepEqual(
      unshown.map(({ rule }) => rule),
      [],
    )
    assert.deepEqual(
      rules.flatMap(({ references }) => missingIn(references, "first")),
      [],
    )
  })

test("a test that is not there is noticed, by its file and by its title", () => {
  const own =
    'unit/ip/address.test.ts "addresses sort IPv4 before IPv6", "addresses sort IPv4 bef", "node:assert/strict"'
  const others = 'architecture/rules.ts "no default exports", "a rule of nobody", nothing.test.ts'
  assert.deepEqual(missingIn(referencesOf(`${own}; ${others}`)), [
    `${example} "addresses sort IPv4 bef"`,
    `${example} "node:assert/strict"`,
    'test/architecture/rules.ts "a rule of nobody"',
    "test/architecture/nothing.test.ts",
  ])
  const middle = { path: example, titles: ["then by number and not by text"] }
  assert.deepEqual(missingIn([middle]), [])
  assert.deepEqual(missingIn([middle], "first"), [`${example} "then by number and not by text"`])
})

/** Rows of BGP and BFD in a page like docs/rfcs.md, by their section. */
const sectionsOf = (text: string) => {
  const bgp = text.slice(text.indexOf("\n## BGP"), text.indexOf("\n## Addresses"))
  return rowsOf(bgp).map(([, section = "", what = "", source = "", tests = ""]) => ({ section, what, source, tests }))
}
const listed = Object.entries(rfcSections).flatMap(([rfc, sections]) =>
  sections.split(", ").map(section => (section === "" ? `RFC ${rfc}` : `RFC ${rfc}, ${section}`)),
)
const sectionsWithout = (rows: ReturnType<typeof sectionsOf>): readonly string[] =>
  listed.filter(wanted => !rows.some(({ section }) => section === wanted))

test("docs/rfcs.md has a row for each section of BGP and BFD that has to be obeyed, with the tests that show it by their titles", () => {
  const rows = sectionsOf(textOf("docs/rfcs.md"))
  assert.ok(listed.length > 200, "sections are listed at all")
  assert.deepEqual(sectionsWithout(rows), [])
  const unlisted = rows.filter(({ section }) => !listed.includes(section))
  assert.deepEqual(unlisted, [], "each section is listed, one in a row")
  const isShown = ({ source, tests }: (typeof rows)[number]) =>
    source !== "" && referencesOf(tests).some(({ titles, path }) => titles.length > 0 && path.endsWith(".test.ts"))
  const unshown = rows.filter(row => !row.what.startsWith("Not done: ") && !isShown(row))
  assert.deepEqual(unshown, [])
})

test("a section without a row is noticed", () => {
  const text = textOf("docs/rfcs.md").replaceAll("| RFC 4724, 4.1 |", "| RFC 4724, 4 |")
  assert.deepEqual(sectionsWithout(sectionsOf(text)), ["RFC 4724, 4.1"])
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
