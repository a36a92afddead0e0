import { mkdtempSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { exitCodes } from "./cli/exit-codes.ts"
import { Failure } from "./cli/failure.ts"
import { run } from "./cli/run.ts"
import { embeddedManifests, embeddedVersion } from "./cluster/embedded.ts"
import { requireNode } from "./cluster/node-version.ts"
import { onInterrupt, realClock } from "./term/interrupt.ts"
import { realTerminal } from "./term/real-terminal.ts"
import type { World } from "./world.ts"

const interrupted = onInterrupt()
const terminal = realTerminal(() => process.exit(exitCodes.ok))

const world: World = {
  terminal,
  env: process.env,
  clock: realClock(interrupted),
  randomBytes: length => crypto.getRandomValues(new Uint8Array(length)),
  version: embeddedVersion(),
  connect: async wishes => {
    requireNode(process.versions.node)
    return (await import("./cluster/connect.ts")).connect(wishes, interrupted)
  },
  readFile: async path => {
    if (path === "-") return terminal.input.readAll()
    try {
      return await readFile(path, "utf8")
    } catch (error) {
      throw new Failure(exitCodes.usage, {
        message: `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`,
      })
    }
  },
  manifests: embeddedManifests,
  network: async () => (await import("./cluster/network.ts")).realNetwork,
  saveReport: text => {
    const path = join(mkdtempSync(join(tmpdir(), "kubectl-metallb-")), "bug.txt")
    writeFileSync(path, text)
    return path
  },
  interrupted,
}

// Kept connections would hold the process for seconds; everything written is out before the callback.
void run(process.argv.slice(2), world).then(code => process.stdout.write("", () => process.exit(code)))
