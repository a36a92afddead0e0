import { after, describe, it } from "node:test"
import { bfdFeatures } from "./bfd-features.ts"
import { sweep } from "./cable.ts"
import { endingFeatures } from "./ending-features.ts"
import type { Feature } from "./feature.ts"
import { guardFeatures } from "./guard-features.ts"
import { kinds } from "./kinds.ts"
import { type Result, writeAccount, writeResults } from "./results.ts"
import type { RouterKind } from "./router.ts"
import { type Carried, newScene } from "./scene.ts"
import { sessionFeatures } from "./session-features.ts"

const isFull = process.env["INTEROP"] === "full"
const only = process.env["INTEROP_ONLY"] ?? ""
const features = [...sessionFeatures, ...guardFeatures, ...endingFeatures, ...bfdFeatures].filter(
  ({ core }) => core || isFull,
)

sweep()

const cells: Result[] = []

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
    return { ...cell, verdict: "works", note: (await prove(scene)) ?? "" }
  } catch (error) {
    const account = writeAccount(`${kind.name} ${name} ${carried}`, `${error}\n${scene.account()}`)
    throw new Error(`${error instanceof Error ? error.message : error}; what both said is in ${account}`, {
      cause: error,
    })
  } finally {
    await scene.end()
  }
}

describe("real routers", { concurrency: isFull ? kinds.length : 3 }, () => {
  for (const kind of kinds)
    describe(kind.name, { concurrency: false }, () => {
      for (const feature of features) {
        const { name, carried } = feature
        for (const what of isFull ? carried : carried.slice(-1)) {
          if (!`${kind.name} ${name}`.includes(only)) continue
          it(`${name}, ${what}`, { timeout: 90_000 }, async () => {
            try {
              cells.push({ feature: name, ...(await prove(kind, feature, what)) })
            } catch (error) {
              const note = String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? ""
              cells.push({ feature: name, router: kind.name, carried: what, verdict: "failed", note })
              throw error
            }
          })
        }
      }
    })
})

after(async () => {
  if (!isFull) return
  const order = (list: readonly string[], name: string) => list.indexOf(name)
  const names = features.map(({ name }) => name)
  const sorted = cells.toSorted((a, b) => order(names, a.feature) - order(names, b.feature))
  writeResults({
    routers: await Promise.all(kinds.map(async ({ name, version }) => [name, await version()] as const)),
    cells: sorted,
  })
})
