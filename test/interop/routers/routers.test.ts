import { before, describe, it } from "node:test"
import { sweep } from "./cable.ts"
import type { Feature } from "./feature.ts"
import { features } from "./features.ts"
import { kinds } from "./kinds.ts"
import { type Result, readResults, writeAccount, writeResults } from "./results.ts"
import type { RouterKind } from "./router.ts"
import { type Carried, newScene } from "./scene.ts"

const isFull = process.env["INTEROP"] === "full"
const wanted = process.env["INTEROP_ROUTERS"]?.split(",")
const chosen = kinds.filter(({ name }) => wanted?.includes(name) ?? true)
/** Rows counted from 1 as in docs/interop.md: the first one, or those alone. */
const from = Number(process.env["INTEROP_FROM"] ?? 1)
const rows = process.env["INTEROP_ROWS"]?.split(",").map(Number)
const isRest = from > 1 || rows !== undefined
const inRun = features
  .filter((_, at) => (rows === undefined ? at + 1 >= from : rows.includes(at + 1)))
  .filter(({ core }) => core || isFull)

before(sweep)

/** Throws where it does not hold, and leaves what both sides said in a file. */
const prove = async (
  kind: RouterKind,
  { name, prove, needs }: Feature,
  carried: Carried,
): Promise<Omit<Result, "feature">> => {
  const cell = { router: kind.name, carried }
  const lacking = needs === undefined ? undefined : kind.lacks[needs]
  const scene = newScene(kind, carried)
  try {
    if (lacking !== undefined) return { ...cell, verdict: "lacks", note: await lacking(scene) }
    const found = await prove(scene)
    if (typeof found === "object") return { ...cell, verdict: "not reached", note: found.notReached }
    return { ...cell, verdict: "works", note: found ?? "" }
  } catch (error) {
    const account = writeAccount(`${kind.name} ${name} ${carried}`, `${error}\n${scene.account()}`)
    throw new Error(`${error instanceof Error ? error.message : error}; what both said is in ${account}`, {
      cause: error,
    })
  } finally {
    await scene.end()
  }
}

/** The column, kept after each cell: a run that is cut short has found something all the same, and one that begins later goes on with it. */
const columnOf = (kind: RouterKind) => {
  const known = isRest ? readResults([kind.name])[0] : undefined
  const run = new Set(inRun.map(({ name }) => name))
  const cells: Result[] = []
  const version = kind.version()
  return async (cell: Result): Promise<void> => {
    cells.push(cell)
    if (!isFull) return
    const same = known?.version === (await version) ? known.cells.filter(({ feature }) => !run.has(feature)) : []
    writeResults({ router: kind.name, version: await version, cells: [...same, ...cells] })
  }
}

describe("real routers", { concurrency: 3 }, () => {
  for (const kind of chosen) {
    const keep = columnOf(kind)
    describe(kind.name, { concurrency: false }, () => {
      for (const feature of inRun) {
        const { name, carried } = feature
        for (const what of isFull ? carried : carried.slice(-1))
          it(`${kind.name}: ${name}, ${what}`, { timeout: 90_000 }, async () => {
            try {
              await keep({ feature: name, ...(await prove(kind, feature, what)) })
            } catch (error) {
              const note = String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? ""
              await keep({ feature: name, router: kind.name, carried: what, verdict: "failed", note })
              throw error
            }
          })
      }
    })
  }
})
