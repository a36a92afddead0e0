import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { decideManner } from "../../../plugin/term/decide.ts"
import { createProgress, type Look } from "../../../plugin/term/progress.ts"
import type { Environment, Terminal } from "../../../plugin/term/terminal.ts"

const terminal = (out: boolean, err = out, input = out): Terminal => {
  const stream = (tty: boolean) => ({ tty, columns: 100, write: () => undefined })
  return {
    out: stream(out),
    err: stream(err),
    input: { tty: input, readAll: async () => "", ask: async () => undefined },
  }
}

type Row = {
  readonly title: string
  readonly terminal: Terminal
  readonly env?: Environment
  readonly color?: string
  readonly ascii?: boolean
  readonly quiet?: number
  /** Colour and glyphs on stdout, colour on stderr, spinner, prompts. */
  readonly is: readonly [boolean, boolean, boolean, boolean, boolean]
}

const rows: readonly Row[] = [
  { title: "a terminal has everything", terminal: terminal(true), is: [true, true, true, true, true] },
  {
    title: "NO_COLOR takes colour alone",
    terminal: terminal(true),
    env: { NO_COLOR: "1" },
    is: [false, true, false, true, true],
  },
  {
    title: "an empty NO_COLOR does nothing",
    terminal: terminal(true),
    env: { NO_COLOR: "" },
    is: [true, true, true, true, true],
  },
  {
    title: "TERM=dumb has no spinner either",
    terminal: terminal(true),
    env: { TERM: "dumb" },
    is: [false, true, false, false, true],
  },
  { title: "--color=never", terminal: terminal(true), color: "never", is: [false, true, false, true, true] },
  {
    title: "a piped stdout has words, stderr keeps its colour",
    terminal: terminal(false, true, true),
    is: [false, false, true, true, true],
  },
  {
    title: "CI is nobody to ask",
    terminal: terminal(true),
    env: { CI: "true" },
    is: [false, false, false, false, false],
  },
  { title: "no terminal at all", terminal: terminal(false), is: [false, false, false, false, false] },
  { title: "--color=always", terminal: terminal(false), color: "always", is: [true, true, true, false, false] },
  { title: "FORCE_COLOR", terminal: terminal(false), env: { FORCE_COLOR: "1" }, is: [true, true, true, false, false] },
  {
    title: "--color=never wins over FORCE_COLOR",
    terminal: terminal(true),
    env: { FORCE_COLOR: "1" },
    color: "never",
    is: [false, true, false, true, true],
  },
  {
    title: "-q is plain and asks nothing",
    terminal: terminal(true),
    quiet: 1,
    is: [false, false, false, false, false],
  },
  { title: "--ascii has words", terminal: terminal(true), ascii: true, is: [true, false, true, true, true] },
  {
    title: "without Unicode there are words",
    terminal: terminal(true),
    env: { LANG: "C" },
    is: [true, false, true, true, true],
  },
]

describe("how to talk to a terminal", () => {
  it("a terminal without a width has no spinner", () => {
    const narrow = terminal(true)
    const streams = { ...narrow, err: { ...narrow.err, columns: 0 } }
    const wishes = { color: "auto", ascii: false, quiet: 0 }
    assert.equal(decideManner(streams, { LANG: "C.UTF-8" }, wishes).spinner, false)
    assert.equal(decideManner(narrow, { LANG: "C.UTF-8" }, wishes).spinner, true)
  })

  for (const { title, terminal: streams, env = {}, color = "auto", ascii = false, quiet = 0, is } of rows)
    it(title, () => {
      const manner = decideManner(streams, { LANG: "C.UTF-8", ...env }, { color, ascii, quiet })
      const { out, err, spinner, prompts } = manner
      assert.deepEqual([out.colour, out.glyphs, err.colour, spinner, prompts], is)
    })

  it("the status word is there with and without colour and glyph", () => {
    const rich = decideManner(terminal(true), { LANG: "C.UTF-8" }, { color: "auto", ascii: false, quiet: 0 })
    const poor = decideManner(terminal(false), {}, { color: "auto", ascii: false, quiet: 0 })
    assert.equal(rich.out.mark("warning"), "\u001b[33m! warning\u001b[39m")
    assert.equal(poor.out.mark("warning"), "warning")
  })
})

/** A clock that only a sleep moves. */
const stepClock = () => {
  let time = 0
  return {
    clock: {
      now: () => time,
      sleep: async (milliseconds: number) => {
        time += milliseconds
      },
    },
    time: () => time,
  }
}

describe("progress", () => {
  it("looks once although no time is left, and says what is missing", async () => {
    const { clock } = stepClock()
    const progress = createProgress({ clock, spinner: undefined, line: () => undefined })
    let looks = 0
    const result = await progress.step({
      deadline: 0,
      every: 100,
      look: async (): Promise<Look<number>> => {
        looks += 1
        return { state: "waiting", missing: "one thing" }
      },
    })
    assert.deepEqual(result, { ok: false, missing: "one thing", tookMs: 0 })
    assert.equal(looks, 1)
  })

  it("prints nothing for what is quick, a line on change at most once a second, and a sign of life every 30 seconds", async () => {
    const { clock, time } = stepClock()
    const lines: string[] = []
    const progress = createProgress({ clock, spinner: undefined, line: text => lines.push(`${time()} ${text}`) })
    const look = (missing: () => string, until: number) => async (): Promise<Look<string>> =>
      time() >= until ? { state: "done", value: "there" } : { state: "waiting", missing: missing() }
    await progress.step({ deadline: 10_000, every: 100, look: look(() => "quick", 200) })
    assert.deepEqual(lines, [])
    const changing = () => (time() < 1000 ? "first" : time() < 1500 ? "second" : "third")
    const result = await progress.step({ deadline: 100_000, every: 100, look: look(changing, 65_000) })
    assert.equal(result.ok, true)
    assert.deepEqual(lines, ["500 first", "1500 third", "31500 third", "61500 third"])
  })

  it("a hopeless look ends the wait at once with its own error, and the spinner stops", async () => {
    const { clock, time } = stepClock()
    const seen: string[] = []
    const progress = createProgress({
      clock,
      spinner: () => ({ show: text => seen.push(text), stop: () => seen.push("stopped") }),
      line: () => assert.fail("a spinner says it"),
    })
    const looks: readonly Look<never>[] = [
      { state: "waiting", missing: "image" },
      { state: "hopeless", error: new Error("cannot pull") },
    ]
    let next = 0
    const wait = progress.step({
      deadline: 60_000,
      every: 100,
      look: async () => looks[next++] ?? assert.fail("looked once too often"),
    })
    await assert.rejects(wait, /cannot pull/)
    assert.equal(time(), 100)
    assert.deepEqual(seen, ["image", "stopped"])
  })
})
