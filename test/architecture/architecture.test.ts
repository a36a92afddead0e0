import assert from "node:assert/strict"
import { test } from "node:test"
import { cycles, type ImportRule, importRules, type TextRule, textRules } from "./rules.ts"
import { importsOf, type Source, sources } from "./sources.ts"

const all = sources(["agent", "plugin"])

const breaches = (rule: ImportRule, of: readonly Source[]) =>
  of.flatMap(source =>
    source.imports
      .filter(i => rule.broken(source, i))
      .map(i => `${source.path}:${i.line} imports ${i.specifier}: ${rule.name}`),
  )

const lines = (rule: TextRule, of: readonly Source[]) =>
  of
    .filter(source => rule.applies(source.path))
    .flatMap(source =>
      source.text
        .split("\n")
        .flatMap((line, index) =>
          rule.pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line)
            ? [`${source.path}:${index + 1} ${line.trim()}: ${rule.name}`]
            : [],
        ),
    )

for (const rule of importRules) test(`${rule.name}`, () => assert.deepEqual(breaches(rule, all), []))
for (const rule of textRules) test(`${rule.name}`, () => assert.deepEqual(lines(rule, all), []))
test("no cycles between files", () => assert.deepEqual(cycles(all), []))

const made = (path: string, text: string): Source => ({ path, text, imports: importsOf(text) })
const ruleNamed = (name: string) => {
  const rule = importRules.find(r => r.name === name)
  assert.ok(rule, `no rule is called "${name}"`)
  return rule
}

test("the rules themselves catch what they name", () => {
  const bad: readonly (readonly [string, string, string])[] = [
    ["agent/core imports only agent/core", "agent/core/a.ts", 'import { x } from "node:fs"'],
    ["agent/core imports only agent/core", "agent/core/a.ts", 'import {\n  x,\n} from "../ports/clock.ts"'],
    [
      "plugin imports agent/core and nothing else of agent",
      "plugin/a.ts",
      'const x = await import("../agent/ports/clock.ts")',
    ],
    ["agent never imports plugin", "agent/speaker/a.ts", 'import type { X } from "../../plugin/main.ts"'],
    ["an npm package is imported only by its adapter", "plugin/commands/a.ts", 'import ora from "ora"'],
    ["an npm package is imported only by its adapter", "agent/main.ts", 'import x from "left-pad"'],
    [
      "plugin/view is pure: no node: modules, no terminal, no cluster",
      "plugin/view/a.ts",
      'import { x } from "../term/tty.ts"',
    ],
  ]
  for (const [name, path, text] of bad)
    assert.equal(breaches(ruleNamed(name), [made(path, text)]).length, 1, `${name}: ${text}`)
  assert.deepEqual(
    cycles([made("agent/a.ts", 'import { b } from "./b.ts"'), made("agent/b.ts", 'import { a } from "./a.ts"')]),
    ["agent/a.ts -> agent/b.ts -> agent/a.ts"],
  )
})
