/**
 * `npm run test:interop`: against other people's programs. `-- --full` runs every feature with every router and writes docs/interop.md,
 * `--router NAME` (repeatable) the columns of those alone, `--from ROW` what a run that was cut short left out; `-- --record` writes
 * test/replay/bgp anew.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { features } from "../interop/routers/features.ts"
import { kinds } from "../interop/routers/kinds.ts"
import { recordSessions } from "../interop/routers/record.ts"
import { report } from "../interop/routers/report.ts"
import { readResults } from "../interop/routers/results.ts"
import { testFiles } from "./files.ts"
import { root } from "./places.ts"
import { runSuite } from "./suite.ts"

const off = { type: "boolean", default: false } as const
const { values } = parseArgs({
  options: { full: off, record: off, router: { type: "string", multiple: true }, from: { type: "string" } },
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
const from = Number(values.from ?? 1)
if (!(Number.isInteger(from) && from >= 1 && from <= features.length) || (from > 1 && !values.full)) {
  const fix = `a row of docs/interop.md, 1 to ${features.length}, with --full`
  process.stderr.write(`error: --from ${values.from} cannot be used\n  fix    ${fix}\n`)
  process.exit(2)
}
if (values.full) process.env["INTEROP"] = "full"
process.env["INTEROP_FROM"] = String(from)
if (values.router !== undefined) process.env["INTEROP_ROUTERS"] = values.router.join(",")
const counts = await runSuite({
  files: testFiles(root, values.full ? ["test/interop/routers"] : ["test/interop"]),
  concurrency: 1,
  timeout: 3_600_000,
})
if (values.full)
  writeFileSync(join(root, "docs/interop.md"), report(features, readResults(kinds.map(({ name }) => name))))
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exit(counts.failed > 0 ? 1 : 0)
