import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import type { Scene } from "./scene.ts"

/** What some daemons cannot do. */
export type Need =
  | "TTL security"
  | "passwords where it listens"
  | "bfd"
  | "bfd off on purpose"
  | "route refresh"
  | "graceful restart"
  | "shutdown text"
  | "reading a shutdown text"
  | "unnumbered"
  | "extended next hop"
  | "a kernel's table"

/** The daemon's own words for it. Throws where it can do it after all: then the matrix has a hole less. */
export type Evidence = (scene: Scene) => string | Promise<string>

/** A configuration that asks for it, and the daemon that refuses to read it. */
export const refusedConfiguration =
  (program: readonly string[], text: string, words: RegExp): Evidence =>
  () => {
    const [name = ""] = program
    const { said } = read(program, text)
    const [found] = words.exec(said) ?? []
    if (found === undefined) throw new Error(`${name} does not refuse ${text}; it says ${said}`)
    return `${name} refuses such a configuration: "${found.trim()}"`
  }

/** A line of configuration, and the keyword in it. */
type Asked = { readonly line: string; readonly word: string }

/**
 * A keyword that the program at `path` does not have: it refuses `asked` in the very place where it takes `known`, and has nowhere the letters of the
 * one's keyword, while it has those of the other's. A refusal alone would follow from any slip in the text.
 */
export const unknownKeyword =
  (path: string, args: readonly string[], around: (line: string) => string, asked: Asked, known: Asked): Evidence =>
  () => {
    const refused = read([path, ...args], around(asked.line))
    const taken = read([path, ...args], around(known.line))
    if (refused.status === 0) throw new Error(`${path} takes ${asked.line}`)
    if (taken.status !== 0) throw new Error(`${path} refuses ${known.line} too; it says ${taken.said}`)
    const letters = readFileSync(path, "latin1").toLowerCase()
    if (letters.includes(asked.word)) throw new Error(`${path} has the word ${asked.word}`)
    if (!letters.includes(known.word)) throw new Error(`${path} does not show its words: there is no ${known.word}`)
    const name = basename(path)
    return `${name} refuses "${asked.line}" where it takes "${known.line}"; its program has nowhere the letters "${asked.word}", and has "${known.word}"`
  }

/** What a daemon says of a configuration, and how it ended. */
const read = (program: readonly string[], text: string) => {
  const folder = mkdtempSync(join(tmpdir(), "mlr-lacks-"))
  const file = join(folder, "asked.conf")
  try {
    writeFileSync(file, text, { mode: 0o600 })
    const [name = "", ...args] = program
    const { status, stdout, stderr } = spawnSync(name, [...args, file], {
      encoding: "utf8",
      timeout: 10_000,
      cwd: folder,
    })
    return { status, said: `${stdout}${stderr}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
