/** `main.ts [--needs STEP,STEP] SCRIPT.ts ARGS…`: brings in what the script needs, then becomes the script. */
import { resolve } from "node:path"
import { Failure, sentence } from "./failure.ts"
import { prepare } from "./steps.ts"

const args = process.argv.slice(2)
try {
  const needs = args[0] === "--needs" ? (args.splice(0, 2)[1] ?? "") : ""
  const script = args.shift()
  if (script === undefined)
    throw new Failure("there is no script to run", "main.ts [--needs STEP,STEP] SCRIPT.ts ARGS…")
  await prepare(needs.split(",").filter(name => name !== ""))
  // In place of this process, so that signals and the terminal reach the script directly.
  if (process.execve === undefined) throw new Failure("this system cannot replace a process", "use Linux or macOS")
  process.execve(process.execPath, [process.execPath, resolve(script), ...args], process.env)
} catch (error) {
  process.stderr.write(sentence(error))
  process.exitCode = 1
}
