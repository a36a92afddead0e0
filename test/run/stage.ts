import { spawnSync } from "node:child_process"
import type { Counts } from "./suite.ts"

export type StageResult = Counts & { readonly name: string; readonly seconds: number; readonly missing?: string }

/** One part of `npm test`. `missing` says in one sentence why it cannot run here; it is reported and never counted as passed. */
export type Stage = {
  readonly name: string
  readonly missing?: () => string | undefined
  readonly run: () => Promise<Counts>
}

/** A stage that is one program: passes when it exits with 0. */
export const program = (root: string, file: string, args: readonly string[]) => async (): Promise<Counts> => {
  const done = spawnSync(file, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  const ok = done.status === 0
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
}

/** A stage that could not even begin has failed; its reason is printed and the other stages still run. */
const failed = (error: unknown): Counts => {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return { passed: 0, failed: 1, skipped: 0 }
}

/** Runs stages one after another; a failing stage does not hide the ones behind it. */
export const runStages = async (stages: readonly Stage[]): Promise<readonly StageResult[]> => {
  const results: StageResult[] = []
  for (const stage of stages) {
    const began = performance.now()
    const missing = stage.missing?.()
    process.stdout.write(`\n== ${stage.name}${missing === undefined ? "" : `: cannot run here: ${missing}`}\n`)
    const counts = missing === undefined ? await stage.run().catch(failed) : { passed: 0, failed: 0, skipped: 0 }
    const seconds = (performance.now() - began) / 1000
    results.push({ name: stage.name, seconds, ...counts, ...(missing === undefined ? {} : { missing }) })
  }
  return results
}

/** The closing table and the line that tools read ("N passed, N failed, N skipped"). */
export const summary = (results: readonly StageResult[]): string => {
  const total = (key: keyof Counts) => results.reduce((sum, r) => sum + r[key], 0)
  const rows = results.map(r => {
    const verdict =
      r.missing !== undefined
        ? `NOT RUN  ${r.missing}`
        : r.failed > 0
          ? `FAILED   ${r.failed} of ${r.passed + r.failed}`
          : `ok       ${r.passed}`
    return `  ${r.name.padEnd(26)} ${r.seconds.toFixed(1).padStart(7)}s  ${verdict}`
  })
  return `\n${rows.join("\n")}\n\n${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped\n`
}
