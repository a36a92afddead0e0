// The first step of every npm script: brings the packages in with whatever Node the machine has,
// then goes on under the project's own Node, where TypeScript sources run directly.
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const node = join(root, "node_modules/.bin/node")
const stamp = join(root, "node_modules/.lock-sha256")
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex")

if (!existsSync(node) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  const began = Date.now()
  process.stderr.write("setup: installing npm packages\n")
  const done = spawnSync("npm", ["ci", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] })
  if (done.status !== 0) {
    process.stderr.write(
      "error: npm ci failed; its output is above\n  fix    check that the npm registry is reachable, then run the command again\n",
    )
    process.exit(1)
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, lock)
  process.stderr.write(`setup: npm packages ready after ${((Date.now() - began) / 1000).toFixed(1)}s\n`)
}

// As npm does, for whoever calls this file without it: programs with "env node" in their first line find the project's Node.
const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` }
const child = spawn(node, [join(root, "test/setup/main.ts"), ...process.argv.slice(2)], { stdio: "inherit", env })
// A terminal's Ctrl-C reaches the child by itself; a signal sent to this process alone is passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => process.stdin.isTTY || child.kill(signal))
child.on("exit", (code, signal) =>
  process.exit(signal ? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1, SIGKILL: 9 }[signal] ?? 0) : (code ?? 1)),
)
