/** Builds agent.node out of the C++ beside this file; a developer's tool, no part of the agent. */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const folder = import.meta.dirname
export const addonPath = join(folder, "build/Release/agent.node")
const stampPath = join(folder, "build/sources-sha256")

/** True where agent.node was built from the sources as they are, with the headers of the Node that runs now. */
export const addonIsBuilt = (): boolean =>
  existsSync(addonPath) && existsSync(stampPath) && readFileSync(stampPath, "utf8") === fingerprint()

/**
 * Builds agent.node with node-gyp unless it is there already: 2 to 7 seconds. Needs a C++ compiler, make and Python.
 * Throws an Error with the compiler's output where it fails.
 */
export const compileAddon = async (): Promise<void> => {
  if (addonIsBuilt()) return
  const require = createRequire(import.meta.url)
  const nodeGyp = join(dirname(require.resolve("node-gyp/package.json")), "bin/node-gyp.js")
  const headers = dirname(require.resolve(`node-linux-${process.arch}/package.json`))
  const child = spawn(process.execPath, [nodeGyp, "-C", folder, "rebuild"], {
    env: { ...process.env, npm_config_nodedir: headers },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8")
    stream.on("data", (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve))
  if (code !== 0) throw new Error(`node-gyp rebuild ended with ${code}:\n${output}`)
  mkdirSync(dirname(stampPath), { recursive: true })
  writeFileSync(stampPath, fingerprint())
}

const fingerprint = (): string => {
  const hash = createHash("sha256").update(`${process.version} ${process.arch}`)
  const sources = readdirSync(folder).filter(name => /\.(cc|h|gyp)$/.test(name))
  for (const name of sources.sort()) hash.update(name).update(readFileSync(join(folder, name)))
  return hash.digest("hex")
}

if (import.meta.main) await compileAddon()
