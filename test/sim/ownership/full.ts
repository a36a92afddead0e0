/**
 * `node test/sim/ownership/full.ts [--schedules 10000] [--first 1] [--seed N] [--replay FILE] [--save DIR] [--mixed]`: the promises of
 * docs/ownership.md over random schedules. A schedule that breaks one is saved and can be replayed with its log.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { runSchedule } from "./run.ts"
import { makeMixedSchedule, makeSchedule, type Schedule } from "./schedule.ts"

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "10000" },
    first: { type: "string", default: "1" },
    replay: { type: "string" },
    seed: { type: "string" },
    mixed: { type: "boolean", default: false },
    save: { type: "string", default: ".cache/sim-ownership" },
  },
})

const make = values.mixed ? makeMixedSchedule : makeSchedule
const say = (line: string) => process.stdout.write(`${line}\n`)

const replay = (schedule: Schedule): number => {
  say(JSON.stringify(schedule))
  const found = runSchedule(schedule, say)
  say(JSON.stringify(found, null, 2))
  return found.broken.length
}

type Worst = { readonly value: number; readonly seed: number }

const sweep = (first: number, count: number): number => {
  const worst = new Map<string, Worst>()
  const note = (name: string, value: number, seed: number) => {
    if (value > (worst.get(name)?.value ?? -1)) worst.set(name, { value, seed })
  }
  let broken = 0
  for (let seed = first; seed < first + count; seed += 1) {
    const schedule = make(seed)
    const found = runSchedule(schedule)
    const kind = schedule.kind === "single" ? `one fault, ${schedule.events[0]?.type}` : schedule.kind
    note("double owner", found.doubleOwner, seed)
    note(`no owner since the last disturbance: ${kind}`, found.noOwnerSettled, seed)
    note(`no owner in all: ${kind}`, found.noOwner, seed)
    if (found.broken.length === 0) continue
    broken += 1
    mkdirSync(values.save, { recursive: true })
    const file = join(values.save, `${seed}.json`)
    writeFileSync(file, `${JSON.stringify(schedule, null, 2)}\n`)
    say(`seed ${seed}: ${found.broken.join("; ")} (replay: --replay ${file})`)
  }
  say(`${count} schedules, ${broken} broke a promise`)
  for (const [name, { value, seed }] of [...worst].sort()) say(`worst ${name}: ${value.toFixed(0)} ms (seed ${seed})`)
  return broken
}

const play = (): number => {
  if (values.replay !== undefined) return replay(JSON.parse(readFileSync(values.replay, "utf8")) as Schedule)
  if (values.seed !== undefined) return replay(make(Number(values.seed)))
  return sweep(Number(values.first), Number(values.schedules))
}

const failures = play()
process.exitCode = failures > 0 ? 1 : 0
