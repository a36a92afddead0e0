import type { Bench } from "../bench.ts"
import { type Distribution, describe, distribution } from "../stats.ts"
import { cells, type Sight } from "./cells.ts"
import { clearCluster, setCluster, withRouter } from "./scene.ts"

/** Real nodes and FRR as the router of an outside client: how soon routes come and go, and what the client loses. */
export const bgp: Bench = {
  name: "bgp",
  summary: `BGP with a router of FRR (parts: ${Object.keys(cells).join(", ")})`,
  run: async ({ runs: asked, only, minutes = 10 }, say) => {
    const chosen = Object.entries(cells).filter(([name, cell]) =>
      only.length === 0 ? cell.onlyByName !== true : only.includes(name),
    )
    const cluster = await setCluster()
    const result: Record<string, unknown> = {}
    try {
      for (const [name, cell] of chosen) {
        say(`${name}: ${cell.what}`)
        const runs = asked ?? cell.runs
        await withRouter(cluster, cell.peering, async scene => {
          const sights: Sight[] = []
          for (let run = 0; run < runs; run++) {
            const sight = await cell.measure(scene, run, minutes)
            sights.push(sight)
            say(
              `  run ${String(run + 1).padStart(2)}  ${sight.value.toFixed(1).padStart(9)}  lost ${sight.lost} of ${sight.requests}`,
            )
          }
          const { values, median, p95, max } = distribution(sights.map(({ value }) => value))
          const lost = sights.reduce((sum, sight) => sum + sight.lost, 0)
          say(`${name.padEnd(18)} ${describe({ values, median, p95, max }, "ms")}  lost ${lost}`)
          const parts = partsOf(sights)
          for (const [part, one] of Object.entries(parts)) say(`  ${part.padEnd(36)} ${describe(one, "ms")}`)
          result[name] = { runs, values, median, p95, max, lost, parts }
        })
      }
    } finally {
      await clearCluster(cluster)
    }
    return result
  },
}

/** What the measures are made of, as far as their cell tells it. */
const partsOf = (sights: readonly Sight[]): Readonly<Record<string, Distribution>> => {
  const names = new Set(sights.flatMap(({ parts = {} }) => Object.keys(parts)))
  return Object.fromEntries(
    [...names].map(name => [name, distribution(sights.flatMap(({ parts }) => parts?.[name] ?? []))]),
  )
}
