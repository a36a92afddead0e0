import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { age, clockTime, parseDuration, took } from "../../../plugin/view/duration.ts"
import { toJsonText } from "../../../plugin/view/json-text.ts"
import { painted, table } from "../../../plugin/view/table.ts"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe("text", () => {
  it("ages are written as kubectl writes them", () => {
    const ages: readonly (readonly [number, string])[] = [
      [-5, "0s"],
      [0, "0s"],
      [119 * second, "119s"],
      [2 * minute, "2m"],
      [4 * minute + 12 * second, "4m12s"],
      [10 * minute + 30 * second, "10m"],
      [179 * minute, "179m"],
      [3 * hour, "3h"],
      [5 * hour + 12 * minute, "5h12m"],
      [8 * hour + 12 * minute, "8h"],
      [47 * hour, "47h"],
      [48 * hour, "2d"],
      [3 * day + 4 * hour, "3d4h"],
      [8 * day + 4 * hour, "8d"],
      [729 * day, "729d"],
      [742 * day, "2y12d"],
      [8 * 365 * day + 3 * day, "8y"],
    ]
    for (const [milliseconds, text] of ages) assert.equal(age(milliseconds), text)
  })

  it("lengths of time of a step have one decimal below a minute", () => {
    assert.equal(took(0), "0.0s")
    assert.equal(took(14_249), "14.2s")
    assert.equal(took(61_000), "61s")
    assert.equal(clockTime(Date.UTC(2026, 0, 1, 14, 2, 11)), "14:02:11Z")
  })

  it("reads lengths of time and refuses everything else", () => {
    const good: readonly (readonly [string, number])[] = [
      ["0", 0],
      ["500ms", 500],
      ["90s", 90_000],
      ["2m", 120_000],
      ["1m30s", 90_000],
      ["1.5h", 5_400_000],
    ]
    for (const [text, milliseconds] of good) assert.equal(parseDuration(text), milliseconds, text)
    for (const text of ["", "5", "s", "1d", "-1s", "1 m", "1m 30s"]) assert.equal(parseDuration(text), undefined, text)
  })

  it("columns line up with and without colour, right-aligned where asked, without spaces at the end", () => {
    const columns = [{ title: "NAME" }, { title: "FREE", right: true }, { title: "NOTE" }]
    const plain = table(columns, [
      ["public", "3", ""],
      ["lab", "31", "x"],
    ])
    assert.equal(plain, "NAME    FREE  NOTE\npublic     3\nlab       31  x")
    const coloured = table(columns, [
      [painted("\u001b[32mpublic\u001b[39m", "public"), "3", ""],
      ["lab", "31", "x"],
    ])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is taken out
    assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), plain)
  })

  it("counts beyond 2^53 stay exact in JSON", () => {
    assert.equal(toJsonText({ free: 2n ** 64n, used: 3n }), '{\n  "free": 18446744073709551616,\n  "used": 3\n}')
  })
})
