import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
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
  | "a kernel's table"

/** The daemon's own words for it. Throws where it can do it after all: then the matrix has a hole less. */
export type Evidence = (scene: Scene) => string | Promise<string>

/** A configuration that asks for it, and the daemon that refuses to read it. */
export const refusedConfiguration =
  (program: readonly string[], text: string, words: RegExp): Evidence =>
  () => {
    const folder = mkdtempSync(join(tmpdir(), "mlr-lacks-"))
    const file = join(folder, "asked.conf")
    try {
      writeFileSync(file, text, { mode: 0o600 })
      const [name = "", ...args] = program
      const { stdout, stderr } = spawnSync(name, [...args, file], { encoding: "utf8", timeout: 10_000, cwd: folder })
      const [found] = words.exec(`${stdout}${stderr}`) ?? []
      if (found === undefined) throw new Error(`${name} does not refuse ${text}; it says ${stdout}${stderr}`)
      return `${name} refuses such a configuration: "${found.trim()}"`
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

/** A command that its tool does not know. */
export const refusedCommand =
  (command: readonly string[], words: RegExp): Evidence =>
  () => {
    const [name = "", ...args] = command
    const { stdout, stderr } = spawnSync(name, args, { encoding: "utf8", timeout: 10_000 })
    const [found] = words.exec(`${stdout}${stderr}`) ?? []
    if (found === undefined) throw new Error(`${name} does not refuse it; it says ${stdout}${stderr}`)
    return `"${command.join(" ")}" answers "${found.trim()}"`
  }
