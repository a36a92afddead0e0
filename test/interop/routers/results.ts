import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(dirname(dirname(import.meta.dirname)))

/** Where runs leave what they found. */
export const resultsFolder = join(root, ".cache/interop")

/** One cell of the matrix. */
export type Result = {
  readonly feature: string
  readonly router: string
  readonly carried: string
  readonly verdict: "works" | "failed" | "lacks"
  /** What is worth telling, or the router's own words for what it lacks. */
  readonly note: string
}

/** A column of it. */
export type Results = { readonly router: string; readonly version: string; readonly cells: readonly Result[] }

const fileOf = (router: string) => join(resultsFolder, `${router.replaceAll(" ", "-")}.json`)

export const writeResults = (results: Results): void => {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(fileOf(results.router), JSON.stringify(results, undefined, 1))
}

/** What the last run with each of these routers found; those that never ran are left out. */
export const readResults = (routers: readonly string[]): readonly Results[] =>
  routers
    .map(fileOf)
    .filter(existsSync)
    .map(path => JSON.parse(readFileSync(path, "utf8")) as Results)

/** Leaves what both sides said in a cell that failed; where it is. */
export const writeAccount = (cell: string, text: string): string => {
  const path = join(resultsFolder, `${cell.replaceAll(/[^\w]+/g, "-").slice(0, 100)}.txt`)
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(path, text)
  return path
}
