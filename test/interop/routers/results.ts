import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(dirname(dirname(import.meta.dirname)))

/** Where the last run left what it found. */
export const resultsFile = join(root, ".cache/interop/results.json")

/** One cell of the matrix. */
export type Result = {
  readonly feature: string
  readonly router: string
  readonly carried: string
  readonly verdict: "works" | "failed" | "lacks"
  /** What is worth telling, or the router's own words for what it lacks. */
  readonly note: string
}

export type Results = {
  /** Name and version. */
  readonly routers: readonly (readonly [string, string])[]
  readonly cells: readonly Result[]
}

export const writeResults = (results: Results): void => {
  mkdirSync(dirname(resultsFile), { recursive: true })
  writeFileSync(resultsFile, JSON.stringify(results, undefined, 1))
}

/** Leaves what both sides said in a cell that failed; where it is. */
export const writeAccount = (cell: string, text: string): string => {
  const path = join(dirname(resultsFile), `${cell.replaceAll(/[^\w]+/g, "-").slice(0, 100)}.txt`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}
