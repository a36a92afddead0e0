import { relative } from "node:path"
import { down } from "../lab/cluster.ts"
import { labFaults, labPicture } from "../lab/health.ts"
import { Lab } from "../lab/lab.ts"
import { say } from "./lab-stage.ts"
import { root } from "./places.ts"
import type { Counts } from "./suite.ts"

/** BOUNDED: what follows on so many failed files is not run. Each may wait for minutes, and they tell nothing new. */
const mostFailed = 3

export type ClusterRun = {
  readonly files: readonly string[]
  /** Whether the lab is this run's own, to be replaced where a file failed. */
  readonly own: boolean
  readonly runFile: (file: string) => Promise<Counts>
  /** What is broken of the lab itself. */
  readonly faults: () => Promise<readonly string[]>
  readonly picture: () => Promise<string>
  readonly replace: () => Promise<void>
  readonly print: (text: string) => void
}

/**
 * Runs test files on the lab, one after another. After a failed one the lab is described and replaced, since what it left behind
 * (a drained node, a node that died) would fail the next ones too. BOUNDED: a file is run again once in a whole run, and only
 * where a part of the lab itself has died, which no agent can bring about: that is the machine's failure, said as such.
 */
export const runOnLab = async (run: ClusterRun): Promise<Counts> => {
  const total = { passed: 0, failed: 0, skipped: 0 }
  const add = ({ passed, failed, skipped }: Counts) => {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  let failedFiles = 0
  let again = true
  for (const file of run.files) {
    const name = relative(root, file)
    if (failedFiles >= mostFailed) {
      run.print(`${name}: not run, since ${mostFailed} files have failed; it counts as failed`)
      add({ passed: 0, failed: 1, skipped: 0 })
      continue
    }
    let counts = await run.runFile(file)
    if (counts.failed > 0) {
      const faults = await run.faults()
      const picture = await run.picture().catch((error: unknown) => `no picture of the lab: ${error}`)
      run.print(`after ${name}: ${faults.join("; ") || "all parts of the lab answer"}\n${picture}`)
      if (run.own) await run.replace()
      if (faults.length > 0 && run.own && again) {
        again = false
        run.print(`${name} runs again on another lab: the one before was broken, and this is done once`)
        counts = await run.runFile(file)
      }
    }
    if (counts.failed > 0) failedFiles += 1
    add(counts)
  }
  return total
}

/** The same on the lab that runs, or on one of its own that ends with it. */
export const runOnRunningLab = async (
  lab: Lab,
  files: readonly string[],
  runFile: (file: string) => Promise<Counts>,
): Promise<Counts> => {
  let now = lab
  return runOnLab({
    files,
    own: lab.started,
    runFile,
    faults: () => labFaults(now),
    picture: () => labPicture(now),
    replace: async () => {
      const { lab: name, nodes } = now.plan
      await down(name, { keep: false }, say)
      now = await Lab.attachOrStart({ lab: name, nodes: nodes.length, say })
    },
    print: text => process.stdout.write(`${text}\n`),
  })
}
