import assert from "node:assert/strict"
import { test } from "node:test"
import { longestText } from "../../../agent/core/yaml/read.ts"
import type { ParseYaml, YamlNode } from "../../../agent/core/yaml/tree.ts"
import { parseYaml as agentYaml } from "../../../agent/ports/yaml.ts"
import { parseYaml as pluginYaml } from "../../../plugin/cluster/yaml.ts"

/** A tree without positions, as plain data. */
const plain = (node: YamlNode): unknown =>
  node.kind === "scalar"
    ? node.value
    : node.kind === "list"
      ? node.items.map(plain)
      : Object.fromEntries(node.entries.map(entry => [entry.key, plain(entry.value)]))

const readers: readonly (readonly [string, ParseYaml])[] = [
  ["agent", agentYaml],
  ["plugin", pluginYaml],
]

for (const [who, parseYaml] of readers) {
  const rootOf = (text: string): YamlNode => {
    const parsed = parseYaml(text)
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.message)
    return parsed.root
  }
  const failureOf = (text: string) => {
    const parsed = parseYaml(text)
    assert.ok(!parsed.ok)
    return parsed
  }

  test(`YAML of the ${who}: maps, lists and scalars become data with positions from 1`, () => {
    const root = rootOf("a: 1\nb:\n  - yes\n  - null\n  - 'x'\nc: {d: true}\n")
    assert.deepEqual(plain(root), { a: 1, b: ["yes", null, "x"], c: { d: true } })
    assert.ok(root.kind === "map")
    const [, list] = root.entries
    assert.deepEqual(list?.at, { line: 2, column: 1 })
    assert.ok(list?.value.kind === "list")
    assert.deepEqual(list.value.items[2]?.at, { line: 5, column: 5 })
  })

  test(`YAML of the ${who}: a scalar keeps its text as written, without quotes`, () => {
    const root = rootOf("[010, 0x10, 1.50, ~, 'two', \"thr\\u0065e\"]")
    assert.ok(root.kind === "list")
    const texts = root.items.map(item => (item.kind === "scalar" ? item.text : ""))
    assert.deepEqual(texts, ["010", "0x10", "1.50", "~", "two", "three"])
  })

  test(`YAML of the ${who}: an empty document is null`, () => {
    for (const text of ["", "\n", "# only a comment\n", "---\n"]) assert.equal(plain(rootOf(text)), null)
  })

  /** [what, text, line, column, message]. */
  const faults: readonly (readonly [string, string, number, number, RegExp])[] = [
    ["a key twice", "a: 1\nb: 2\na: 3\n", 3, 1, /key "a" stands twice/],
    ["an unknown alias", "a: *b\n", 1, 4, /alias \*b has no anchor/],
    ["an alias to what contains it", "a: &x\n  b: *x\n", 2, 6, /alias \*x has no anchor before it/],
    ["a list as key", "? [a]\n: 1\n", 1, 3, /a key must be a word/],
    ["two documents", "a: 1\n---\nb: 2\n", 2, 1, /multiple documents/],
    ["a tab as indentation", "a:\n\t- b\n", 2, 1, /Tabs are not allowed/],
    ["nesting past 64 levels", `${"[".repeat(66)}${"]".repeat(66)}`, 1, 66, /nested deeper than 64/],
  ]
  for (const [what, text, line, column, message] of faults) {
    test(`YAML of the ${who}: ${what} is refused with its place`, () => {
      const failure = failureOf(text)
      assert.deepEqual(failure.at, { line, column })
      assert.match(failure.message, message)
    })
  }

  test(`YAML of the ${who}: nesting past any stack is refused in words of ours`, () => {
    assert.equal(failureOf("[".repeat(100_000)).message, "nested too deeply")
  })

  test(`YAML of the ${who}: a text of the longest length is read, one character more is not`, () => {
    assert.equal(plain(rootOf(`a: 1\n#${"x".repeat(longestText - 6)}`)) !== undefined, true)
    assert.match(failureOf("x".repeat(longestText + 1)).message, /allowed are 1048576/)
  })

  test(`YAML of the ${who}: aliases that multiply are refused instead of being expanded`, () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for (let level = 1; level < 12; level += 1) {
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      )
    }
    assert.match(failureOf(lines.join("\n")).message, /more than 200000 values with aliases expanded/)
  })
}
