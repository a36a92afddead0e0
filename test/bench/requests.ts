import { setTimeout as pass } from "node:timers/promises"
import { Cluster } from "../e2e/cluster.ts"
import { narrowLan, widenLan } from "../e2e/wide-lan.ts"
import type { Bench } from "./bench.ts"
import { manyServices } from "./many-services.ts"
import { samplesOf, speakerMetrics } from "./metrics.ts"

type Counts = Readonly<Record<string, number>>

/** Requests of all speakers since their start, by verb and code. */
const requestsOf = async ({ lab }: Cluster): Promise<Counts> => {
  const sums: Record<string, number> = {}
  for (const node of lab.nodes) {
    for (const { labels, value } of samplesOf(await speakerMetrics(lab, node), "metallb_api_requests_total")) {
      const key = `${labels["verb"]} ${labels["code"]}`
      sums[key] = (sums[key] ?? 0) + value
    }
  }
  return sums
}

const minus = (after: Counts, before: Counts): Counts =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]))

const total = (counts: Counts) => Object.values(counts).reduce((sum, value) => sum + value, 0)

/** Without GET and POST: watches begin anew all the time, and whoever reads the metrics has its token reviewed. */
const written = (counts: Counts) =>
  total(Object.fromEntries(Object.entries(counts).filter(([key]) => /^(PATCH|PUT|DELETE) /.test(key))))

/** What services cost the API server: requests of all speakers together while many are made, and while they are deleted. */
export const requests: Bench = {
  name: "requests",
  summary: "API requests of all speakers for --services (default 1,000), from their own metrics",
  run: async ({ services = 1000 }, say) => {
    const cluster = await Cluster.ready("bench-requests")
    try {
      await widenLan(cluster.lab)
      const quiet = async () => {
        let last = await requestsOf(cluster)
        // What is written about a service may come seconds after it; still means ten seconds without.
        for (let still = 0, round = 0; still < 2; round++) {
          if (round === 60) throw new Error("the speakers still write after five minutes")
          await pass(5000)
          const now = await requestsOf(cluster)
          still = written(now) === written(last) ? still + 1 : 0
          last = now
        }
        return last
      }
      const before = await quiet()
      await manyServices(cluster, services, say)
      const made = await quiet()
      await cluster.kubectl(["delete", "services", "--all", "--wait=false"])
      const gone = await quiet()
      const parts = { made: minus(made, before), deleted: minus(gone, made) }
      for (const [part, counts] of Object.entries(parts)) {
        const words = Object.entries(counts).filter(([, value]) => value > 0)
        say(
          `${part.padEnd(8)} ${(total(counts) / services).toFixed(2)} a service   (${words.map(([key, value]) => `${key}: ${value}`).join(", ")})`,
        )
      }
      return { services, ...parts, perService: total(parts.made) / services }
    } finally {
      await narrowLan(cluster.lab)
      await cluster.remove()
      await cluster.removePool(cluster.namespace)
      if (cluster.lab.started) await cluster.takeDown()
    }
  },
}
