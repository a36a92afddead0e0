import type { Bench } from "../bench.ts"
import { doubleBroken } from "../promises.ts"
import { describe, distribution } from "../stats.ts"
import { events } from "./events.ts"
import { everyMs, type Sight, watch } from "./run.ts"
import { addresses, clearScene, setScene, settle } from "./scene.ts"

const told = (sight: Sight): string =>
  [
    `${sight.value.toFixed(0).padStart(6)} ms`,
    `outage ${sight.outage.toFixed(0)}, lost ${sight.lost} of ${sight.requests}`,
    `ARP silent ${sight.silence.toFixed(0)}, two owners ${sight.double.toFixed(0)}`,
    sight.owners.join(" -> "),
    ...sight.losses.slice(0, 3).map(lossText),
  ].join("; ")

const lossText = ({ error, afterMove }: Sight["losses"][number]): string =>
  afterMove === undefined ? error : `${error}, begun ${afterMove.toFixed(1)} ms after the move`

/** What an outside client sees when the owner of an address meets one of `events`; a key for each event. */
export const failover: Bench = {
  name: "failover",
  summary: `outage seen by a client with probes every ${everyMs} ms (parts: ${Object.keys(events).join(", ")})`,
  parts: Object.keys(events),
  run: async ({ runs = 20, only }, say) => {
    const cluster = await setScene("bench-failover")
    const result: Record<string, unknown> = {}
    const broken: string[] = []
    try {
      for (const [name, event] of Object.entries(events)) {
        if (only.length > 0 && !only.includes(name)) continue
        say(`${name}: ${event.what}`)
        const sights: Sight[] = []
        for (let run = 0; run < runs; run++) {
          const address = addresses[run % addresses.length] ?? addresses[0]
          const { sight, node } = await watch(cluster, event, address, say)
          sights.push(sight)
          say(`  run ${String(run + 1).padStart(2)}  ${told(sight)}`)
          await event.heal(cluster, node)
          await settle(cluster)
        }
        const { median, p95, max, values } = distribution(sights.map(sight => sight.value))
        const lost = sights.reduce((sum, sight) => sum + sight.lost, 0)
        say(`${name.padEnd(14)} ${describe({ median, p95, max, values }, "ms")}  lost ${lost}`)
        result[name] = { runs, median, p95, max, lost, values, sights }
        broken.push(...doubleBroken(name, Math.max(...sights.map(({ double }) => double))))
      }
    } finally {
      await clearScene(cluster)
    }
    return { ...result, ...(broken.length === 0 ? {} : { broken }) }
  },
}
