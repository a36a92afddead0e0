// `npm run clean`: removes what was built. It must run on any Node and without node_modules.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const labs = join(root, ".cache/lab")
const up = (existsSync(labs) ? readdirSync(labs) : []).filter(name => {
  const state = join(labs, name, "state.json")
  if (!existsSync(state)) return false
  const { phase, bootId } = JSON.parse(readFileSync(state, "utf8"))
  return phase !== "kept" && bootId === readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
})
if (up.length > 0) {
  process.stderr.write(
    `error: lab ${up.join(", ")} is up, and its disks lie in what would be removed\n  fix    npm run lab -- down${up[0] === "lb" ? "" : ` --lab ${up[0]}`}\n`,
  )
  process.exit(1)
}
for (const built of ["dist", ".cache", "agent/native/build"]) {
  rmSync(join(root, built), { recursive: true, force: true })
  process.stdout.write(`removed ${built}\n`)
}
