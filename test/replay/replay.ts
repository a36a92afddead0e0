import assert from "node:assert/strict"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { test } from "node:test"

/**
 * A recording is JSON lines: `{"at": ms, "event": …}` is what happened, the `{"effect": …}` lines behind it are what
 * came of it. A bug report is an event file; copied into the folder it becomes a test. `UPDATE=1` writes the effects
 * anew, and the difference is reviewed like code. Lines that start with "#" say what the recording shows.
 */
export type Machine = (event: unknown, at: number) => readonly unknown[]

/** One test for each *.jsonl of the folder. `start` makes a machine in its initial state. */
export const replayFolder = (folder: string, start: () => Machine): void => {
  const names = readdirSync(folder).filter(name => name.endsWith(".jsonl"))
  assert.ok(names.length > 0, `${folder} holds no recording`)
  for (const name of names.sort()) {
    const path = join(folder, name)
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter(line => line !== "")
    const title =
      lines
        .find(line => line.startsWith("#"))
        ?.slice(1)
        .trim() ?? basename(name, ".jsonl")
    test(`${basename(folder)}: ${title}`, () => {
      const played = play(lines, start())
      if (process.env["UPDATE"] === "1") writeFileSync(path, `${played.join("\n")}\n`)
      else assert.deepEqual(played, lines.map(canonical))
    })
  }
}

/** The recording with the effects that the machine has now. */
const play = (lines: readonly string[], machine: Machine): readonly string[] =>
  lines.flatMap(line => {
    if (line.startsWith("#")) return [line]
    const { at, event } = JSON.parse(line)
    if (event === undefined) return []
    return [JSON.stringify({ at, event }), ...machine(event, at).map(effect => JSON.stringify({ effect }))]
  })

/** Spacing of a line written by hand does not count. */
const canonical = (line: string): string => (line.startsWith("#") ? line : JSON.stringify(JSON.parse(line)))
