/** `npm run test:unit [FILE…]`: the pure tests alone, or the named files. */
import { resolve } from "node:path"
import { testFiles } from "./files.ts"
import { pureFolders, root } from "./places.ts"
import { runSuite } from "./suite.ts"

const named = process.argv.slice(2).map(file => resolve(file))
const counts = await runSuite({
  files: named.length > 0 ? named : testFiles(root, pureFolders),
  concurrency: 2,
  timeout: 60_000,
})
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exit(counts.failed > 0 ? 1 : 0)
