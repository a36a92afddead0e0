/** `npm test`: everything that proves a change, cheapest first. `--only NAME` (repeatable) runs the named stages. */
import { join } from "node:path"
import { parseArgs } from "node:util"
import { prepare } from "../setup/steps.ts"
import { which } from "../setup/which.ts"
import { runOnRunningLab } from "./cluster-stage.ts"
import { testFiles } from "./files.ts"
import { labMissing, withLab } from "./lab-stage.ts"
import { pureFolders, root } from "./places.ts"
import { program, runStages, type Stage, summary } from "./stage.ts"
import { runSuite } from "./suite.ts"

const bin = (name: string) => join(root, "node_modules/.bin", name)
const needsRoot = () => (process.getuid?.() === 0 ? undefined : "needs root for network namespaces; run it with sudo")

const stages: readonly Stage[] = [
  {
    name: "format and lint",
    run: program(root, bin("biome"), ["check", "--config-path=.config/style.json", "--error-on-warnings", "."]),
  },
  { name: "types", run: program(root, bin("tsc"), ["-p", "."]) },
  { name: "unit", run: () => runSuite({ files: testFiles(root, pureFolders), concurrency: 2, timeout: 60_000 }) },
  {
    name: "native",
    missing: needsRoot,
    run: async () => {
      await prepare(["apt", "addon"])
      return runSuite({ files: testFiles(root, ["test/native"]), concurrency: 1, timeout: 120_000 })
    },
  },
  {
    name: "simulation",
    run: () => runSuite({ files: testFiles(root, ["test/sim"]), concurrency: 2, timeout: 300_000 }),
  },
  {
    name: "interop",
    run: () => runSuite({ files: testFiles(root, ["test/interop/memberlist"]), concurrency: 1, timeout: 300_000 }),
  },
  {
    name: "routers",
    missing: needsRoot,
    run: async () => {
      await prepare(["addon", "routers"])
      return runSuite({ files: testFiles(root, ["test/interop/routers"]), concurrency: 1, timeout: 600_000 })
    },
  },
  {
    name: "monitoring",
    missing: () =>
      which("promtool") !== undefined || process.getuid?.() === 0
        ? undefined
        : "needs prometheus; install it, or run as root",
    run: () => runSuite({ files: testFiles(root, ["test/monitoring"]), concurrency: 1, timeout: 120_000 }),
  },
  { name: "krew", run: () => runSuite({ files: testFiles(root, ["test/krew"]), concurrency: 1, timeout: 900_000 }) },
  {
    name: "cluster",
    missing: labMissing,
    run: () =>
      withLab(lab =>
        runOnRunningLab(lab, testFiles(root, ["test/e2e"]), file =>
          runSuite({ files: [file], concurrency: 1, timeout: 300_000 }),
        ),
      ),
  },
  {
    name: "lab",
    missing: labMissing,
    run: () => runSuite({ files: testFiles(root, ["test/lab"]), concurrency: 1, timeout: 600_000 }),
  },
]

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } }, strict: true })
const wanted = values.only
const unknown = wanted?.filter(name => !stages.some(stage => stage.name === name)) ?? []
if (unknown.length > 0) {
  process.stderr.write(
    `error: no stage is called ${unknown.join(", ")}\n  fix    one of: ${stages.map(s => s.name).join(", ")}\n`,
  )
  process.exit(2)
}
const results = await runStages(stages.filter(stage => wanted === undefined || wanted.includes(stage.name)))
process.stdout.write(summary(results))
const notRun = results.some(r => r.missing !== undefined)
process.exit(results.some(r => r.failed > 0) || (notRun && process.env["CI"] === "true") ? 1 : 0)
