/**
 * `npm run test:interop`: against other people's programs. `-- --full` runs the whole matrix and writes docs/interop.md; `-- --record` writes
 * test/replay/bgp anew.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { recordSessions } from "../interop/routers/record.ts"
import { report } from "../interop/routers/report.ts"
import { type Results, resultsFile } from "../interop/routers/results.ts"
import { testFiles } from "./files.ts"
import { root } from "./places.ts"
import { runSuite } from "./suite.ts"

const off = { type: "boolean", default: false } as const
const { values } = parseArgs({ options: { full: off, record: off }, strict: true })
if (values.record) {
  await recordSessions()
  process.exit(0)
}
if (values.full) process.env["INTEROP"] = "full"
const counts = await runSuite({
  files: testFiles(root, values.full ? ["test/interop/routers"] : ["test/interop"]),
  concurrency: 1,
  timeout: 3_600_000,
})
if (values.full)
  writeFileSync(join(root, "docs/interop.md"), report(JSON.parse(readFileSync(resultsFile, "utf8")) as Results))
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exit(counts.failed > 0 ? 1 : 0)
