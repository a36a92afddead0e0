/**
 * `npm run test:interop`: against other people's programs. `-- --full` runs every feature with every router and writes docs/interop.md,
 * `--router NAME` (repeatable) the columns of those alone, `--from ROW` what a run that was cut short left out, `--row ROW` (repeatable) those rows alone;
 * `-- --record` writes test/replay/bgp anew.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { features } from "../interop/routers/features.ts"
import { kinds } from "../interop/routers/kinds.ts"
import { recordSessions } from "../interop/routers/record.ts"
import { report } from "../interop/routers/report.ts"
import { readAside, readResults } from "../interop/routers/results.ts"
import { testFiles } from "./files.ts"
import { root } from "./places.ts"
import { type Counts, runSuite } from "./suite.ts"

const off = { type: "boolean", default: false } as const
const { values } = parseArgs({
  options: {
    full: off,
    record: off,
    router: { type: "string", multiple: true },
    from: { type: "string" },
    row: { type: "string", multiple: true },
  },
  strict: true,
})
if (values.record) {
  await recordSessions()
  process.exit(0)
}
const unknown = values.router?.filter(name => !kinds.some(kind => kind.name === name)) ?? []
if (unknown.length > 0) {
  process.stderr.write(
    `error: no router is called ${unknown.join(", ")}\n  fix    one of: ${kinds.map(({ name }) => name).join(", ")}\n`,
  )
  process.exit(2)
}
const isRow = (at: number) => Number.isInteger(at) && at >= 1 && at <= features.length
const from = Number(values.from ?? 1)
const rows = values.row?.map(Number)
if (![from, ...(rows ?? [])].every(isRow) || ((from > 1 || rows !== undefined) && !values.full)) {
  const fix = `a row of docs/interop.md, 1 to ${features.length}, with --full`
  process.stderr.write(`error: --from ${values.from ?? ""} --row ${rows ?? ""} cannot be used\n  fix    ${fix}\n`)
  process.exit(2)
}
if (values.full) process.env["INTEROP"] = "full"
process.env["INTEROP_FROM"] = String(from)
if (rows !== undefined) process.env["INTEROP_ROWS"] = rows.join(",")
const timeout = 3_600_000
const matrix = "test/interop/routers/routers.test.ts"
const chosen = values.router ?? kinds.map(({ name }) => name)
const files = testFiles(root, values.full ? ["test/interop/routers"] : ["test/interop"])
const beside = files.filter(file => !file.endsWith(matrix))

/** A process a router: what one waits for, laying cables and reading tables, would hold the others up. */
const columns = () =>
  chosen.map(name =>
    runSuite({
      files: [join(root, matrix)],
      concurrency: 1,
      timeout,
      env: { ...process.env, INTEROP_ROUTERS: name },
    }),
  )
/** Rows by their number are of the matrix alone. */
const others = async () => (rows === undefined ? [await runSuite({ files: beside, concurrency: 1, timeout })] : [])
const all = values.full
  ? [...(await Promise.all(columns())), ...(await others())]
  : [await runSuite({ files, concurrency: 1, timeout, env: { ...process.env, INTEROP_ROUTERS: chosen.join(",") } })]
const total = (of: (counts: Counts) => number) => all.reduce((sum, counts) => sum + of(counts), 0)
const failed = total(counts => counts.failed)
if (values.full)
  writeFileSync(
    join(root, "docs/interop.md"),
    report(features, readResults(kinds.map(({ name }) => name)), readAside()),
  )
process.stdout.write(
  `\n${total(counts => counts.passed)} passed, ${failed} failed, ${total(counts => counts.skipped)} skipped\n`,
)
process.exit(failed > 0 ? 1 : 0)
