import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { allKeys } from "../../../agent/core/config/legacy-shapes.ts"
import { nearest } from "../../../agent/core/config/nearest.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { configMap, judge } from "../../unit/config/fixtures.ts"

const reference = `address-pools:
- name: nginx-ip-range
  protocol: layer2
  addresses:
  - 192.168.1.11-192.168.1.13
  auto-assign: true
peers:
- my-asn: 1
  peer-asn: 2
  peer-address: 10.0.0.1
`

/** Lines of keys, values and YAML's own signs, put together at random. */
const yamlish = fc
  .array(
    fc.tuple(
      fc.constantFrom("", "  ", "    ", "\t"),
      fc.constantFrom("", "- ", "? "),
      fc.oneof(fc.constantFrom(...allKeys, "<<", "x"), fc.string({ maxLength: 5 })),
      fc.constantFrom(": ", ":", "", " "),
      fc.oneof(
        fc.constantFrom(
          "layer2",
          "[",
          "]",
          "{",
          "}",
          "&a",
          "*a",
          "|",
          ">",
          "!!binary x",
          "!x y",
          "#",
          "1.1.1.0/24",
          "~",
          '"',
          "'",
          "---",
        ),
        fc.string({ maxLength: 8 }),
      ),
    ),
    { maxLength: 12 },
  )
  .map(lines => lines.map(line => line.join("")).join("\n"))

const damaged = fc
  .tuple(
    fc.nat(reference.length),
    fc.nat(12),
    fc.string({ unit: fc.constantFrom(..."-:[]{}&*!|>'\" \t\n#,?xa1"), maxLength: 4 }),
  )
  .map(([at, cut, put]) => reference.slice(0, at) + put + reference.slice(at + cut))

test("whatever the text, reading it never throws, and a failure has a place within the text", () => {
  fc.assert(
    fc.property(fc.oneof(yamlish, damaged, fc.string()), text => {
      const parsed = parseYaml(text)
      if (parsed.ok) return
      assert.ok(parsed.at.line >= 1 && parsed.at.line <= text.split("\n").length + 1)
      assert.ok(parsed.at.column >= 1)
      assert.ok(parsed.message.length > 0)
    }),
    { numRuns: 2000 },
  )
})

test("whatever the text, judging it never throws, and a verdict that knows every pool without errors has no silent loss", () => {
  fc.assert(
    fc.property(fc.oneof(yamlish, damaged, fc.string()), text => {
      const verdict = judge({ legacy: configMap(text) })
      const errors = verdict.problems.filter(({ severity }) => severity === "error")
      if (verdict.legacyBroken || verdict.brokenPools.length > 0) assert.ok(errors.length > 0)
      for (const { field } of errors) assert.match(field, /^line \d+, column \d+$/)
    }),
    { numRuns: 2000 },
  )
})

test("damage to the reference text never makes its pool vanish without a word: it is used, or the reason is reported", () => {
  fc.assert(
    fc.property(damaged, text => {
      const verdict = judge({ legacy: configMap(text) })
      assert.ok(verdict.config.pools.length > 0 || verdict.problems.length > 0)
    }),
    { numRuns: 2000 },
  )
})

test("a key with one letter wrong is recognised", () => {
  const keys = ["address-pools", "addresses", "protocol", "auto-assign", "avoid-buggy-ips", "bgp-communities"]
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.nat(7), fc.constantFrom(..."abcxyz"), (key, at, letter) => {
      assert.equal(nearest(`${key.slice(0, at)}${letter}${key.slice(at + 1)}`, keys), key)
      assert.equal(nearest(`${key.slice(0, at)}${letter}${key.slice(at)}`, keys), key)
      assert.equal(nearest(`${key.slice(0, at)}${key.slice(at + 1)}`, keys), key)
    }),
  )
})

test("a word that resembles no key is not explained away", () => {
  for (const word of ["colour", "version", "x", ""])
    assert.equal(nearest(word, ["address-pools", "peers", "bfd-profiles"]), undefined)
})
