/**
 * `node test/fuzz/main.ts [SECONDS] [NAME]`: feeds the readers with damaged texts, all of them or one, 10 seconds each unless
 * told otherwise. Ends with code 1 and the shortest failing text. SEED in the environment begins where a failure was.
 */
import { type Failing, fuzzOnce, type Target } from "./fuzz.ts"
import { targets } from "./targets.ts"

const [seconds = "10", name] = process.argv.slice(2)
const chosen = targets.filter(target => name === undefined || target.name === name)
if (chosen.length === 0 || !(Number(seconds) > 0)) {
  process.stderr.write(
    `usage: node test/fuzz/main.ts [SECONDS] [NAME]; names are ${targets.map(target => target.name).join(", ")}\n`,
  )
  process.exit(2)
}

const told = process.env["SEED"]
const start = told === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(told)

const runFor = (
  target: Target,
  milliseconds: number,
): { readonly steps: number; readonly failing: Failing | undefined } => {
  const end = performance.now() + milliseconds
  let steps = 0
  for (; performance.now() < end; steps += 1) {
    const failing = fuzzOnce(target, start + steps)
    if (failing !== undefined) return { steps, failing }
  }
  return { steps, failing: undefined }
}

let failed = false
for (const target of chosen) {
  const { steps, failing } = runFor(target, Number(seconds) * 1000)
  process.stdout.write(
    `${target.name.padEnd(18)} ${steps} texts from seed ${start}${failing === undefined ? "" : ", FAILED"}\n`,
  )
  if (failing === undefined) continue
  failed = true
  const { seed, text, error } = failing
  process.stdout.write(
    `  again   SEED=${seed} node test/fuzz/main.ts 1 ${target.name}\n  text    ${JSON.stringify(text)}\n`,
  )
  process.stdout.write(`  error   ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}
process.exit(failed ? 1 : 0)
