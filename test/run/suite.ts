import { finished } from "node:stream/promises"
import { run } from "node:test"
import { spec } from "node:test/reporters"

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

export type SuiteOptions = {
  readonly files: readonly string[]
  /** How many files run at once. */
  readonly concurrency: number
  /** Milliseconds after which a single test is failed. */
  readonly timeout: number
  /** Of the processes; undefined: as of this one. */
  readonly env?: NodeJS.ProcessEnv
}

/** Runs test files, each in a process of its own, prints them with Node's spec reporter, and returns the totals. */
export const runSuite = async (options: SuiteOptions): Promise<Counts> => {
  if (options.files.length === 0) throw new Error("a suite without test files proves nothing")
  let counts: Counts | undefined
  const { files, concurrency, timeout, env = process.env } = options
  const events = run({ files: [...files], concurrency, timeout, env })
  events.on("test:summary", ({ file, counts: c }) => {
    if (file === undefined)
      counts = { passed: c.passed, failed: c.tests - c.passed - c.skipped - c.todo, skipped: c.skipped + c.todo }
  })
  const printed = events.compose(new spec())
  printed.pipe(process.stdout, { end: false })
  await finished(printed)
  if (counts === undefined) throw new Error("the test runner ended without a summary")
  return counts
}
