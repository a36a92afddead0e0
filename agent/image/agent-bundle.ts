import { execFileSync } from "node:child_process"
import { mkdirSync, renameSync } from "node:fs"
import { join } from "node:path"
import { addonPath, compileAddon } from "../native/compile.ts"
import { bundle, root } from "./bundle.ts"

export type AgentBundle = {
  readonly agent: string
  readonly addon: string
  /** Folders of the packages in agent.cjs. */
  readonly packages: readonly string[]
}

/** Builds agent.cjs and agent.node, stripped, side by side in a folder that is made if need be. */
export const bundleAgent = async (folder: string, entry = join(root, "agent/main.ts")): Promise<AgentBundle> => {
  await compileAddon()
  mkdirSync(folder, { recursive: true })
  const agent = join(folder, "agent.cjs")
  const addon = join(folder, "agent.node")
  const packages = await bundle({ entry, output: agent, target: "node26", firstLine: '"use strict";' })
  strip(addonPath, addon)
  return { agent, addon, packages }
}

/** Copies a program without its symbols. It appears under its name at once: a process may have the old one mapped. */
export const strip = (from: string, to: string): void => {
  execFileSync("strip", ["--strip-unneeded", "-o", `${to}.new`, from])
  renameSync(`${to}.new`, to)
}
