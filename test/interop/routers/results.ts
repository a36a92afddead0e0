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
  readonly verdict: "works" | "failed" | "lacks" | "not reached"
  /** What is worth telling, the router's own words for what it lacks, or why what is promised was not asked for. */
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

/** An UPDATE or another message that a scripted peer sent, and what became of it. */
export type Treated = { readonly what: string; readonly sent: string; readonly became: string }

/** How a client's connections spread over the nodes behind a router, before one was powered off and after. */
export type Spread = {
  readonly router: string
  readonly before: Readonly<Record<string, number>>
  readonly after: Readonly<Record<string, number>>
  /** Milliseconds until the router's kernel had no route over the node any more. */
  readonly routeGone: number
  /** Connections begun from the power off on that nobody answered. */
  readonly lost: number
}

/** What is found beside the matrix. */
export type Aside = { readonly malformed: readonly Treated[]; readonly ecmp: readonly Spread[] }

const asideFile = (part: keyof Aside) => join(resultsFolder, `beside-${part}.json`)

export const writeAside = <Part extends keyof Aside>(part: Part, found: Aside[Part]): void => {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(asideFile(part), JSON.stringify(found, undefined, 1))
}

/** What the last run found beside the matrix; empty where it never ran. */
export const readAside = (): Aside => {
  const found = (part: keyof Aside) =>
    existsSync(asideFile(part)) ? JSON.parse(readFileSync(asideFile(part), "utf8")) : []
  return { malformed: found("malformed"), ecmp: found("ecmp") }
}

/** Leaves what both sides said in a cell that failed; where it is. */
export const writeAccount = (cell: string, text: string): string => {
  const path = join(resultsFolder, `${cell.replaceAll(/[^\w]+/g, "-").slice(0, 100)}.txt`)
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(path, text)
  return path
}
