import { setTimeout as pass } from "node:timers/promises"
import { Cluster } from "../e2e/cluster.ts"
import type { Bench, Say } from "./bench.ts"
import { type ProcessUse, processesWith, useOf } from "./process-memory.ts"
import { describe, distribution } from "./stats.ts"

const modes = ["controller", "speaker"] as const
const windowSeconds = 60

type Row = ProcessUse & { readonly cpuSecondsPerMinute: number }

const agents = (mode: string): readonly number[] => processesWith(["/app/agent.cjs", `--mode=${mode}`])

/** Watches the agents for one minute in which nothing happens. */
const minute = async (): Promise<Readonly<Record<string, readonly Row[]>>> => {
  const before = new Map(modes.flatMap(mode => agents(mode).map(pid => [pid, useOf(pid).cpuSeconds] as const)))
  await pass(windowSeconds * 1000)
  return Object.fromEntries(
    modes.map(mode => [
      mode,
      agents(mode).flatMap(pid => {
        const began = before.get(pid)
        if (began === undefined) throw new Error(`a ${mode} was started again during the measurement`)
        const use = useOf(pid)
        return [{ ...use, cpuSecondsPerMinute: ((use.cpuSeconds - began) * 60) / windowSeconds }]
      }),
    ]),
  )
}

const told = (say: Say, title: string, rows: Readonly<Record<string, readonly Row[]>>) => {
  say(title)
  for (const mode of modes) {
    const of = rows[mode] ?? []
    for (const [name, unit] of [
      ["rss", "MB"],
      ["anonymous", "MB"],
      ["pss", "MB"],
      ["cpuSecondsPerMinute", "s/min"],
    ] as const) {
      say(`  ${mode.padEnd(10)} ${name.padEnd(20)} ${describe(distribution(of.map(row => row[name])), unit)}`)
    }
  }
}

const manyServices = async (cluster: Cluster, count: number, say: Say) => {
  await cluster.pool("bench-idle", ["10.77.0.0/16"])
  const services = Array.from({ length: count }, (_, i) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `s${i}`, namespace: cluster.namespace },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      selector: { app: "echo" },
      ports: [{ port: 80, targetPort: 8080 }],
    },
  }))
  for (let at = 0; at < services.length; at += 100) await cluster.lab.apply(services.slice(at, at + 100))
  await cluster.lab.waitFor(
    `${count} services have addresses`,
    async () => {
      const list = (await cluster.lab.get("-n", cluster.namespace, "services")) as {
        items: { metadata: { name: string }; status: { loadBalancer: { ingress?: unknown } } }[]
      }
      return (
        list.items.filter(s => /^s\d+$/.test(s.metadata.name) && s.status.loadBalancer.ingress !== undefined).length ===
        count
      )
    },
    { timeoutMs: 120_000, everyMs: 1000 },
  )
  say(`${count} services have addresses`)
}

/** What both modes cost while nothing happens: with two services, and with 1,000. Parts: `few`, `thousand`. */
export const idle: Bench = {
  name: "idle",
  summary: "memory and CPU of controller and speakers while nothing happens (parts: few, thousand)",
  run: async ({ only }, say) => {
    const wanted = (part: string) => only.length === 0 || only.includes(part)
    const cluster = await Cluster.ready("bench-idle")
    const result: Record<string, unknown> = {}
    try {
      if (wanted("few")) {
        await cluster.pool("bench-idle", ["192.168.1.70-192.168.1.79"])
        for (const name of ["one", "two"]) await cluster.expose({ name })
        await cluster.expectAddresses("two", ["192.168.1.71"])
        const rows = await minute()
        told(say, "two services", rows)
        result["few"] = rows
      }
      if (wanted("thousand")) {
        await manyServices(cluster, 1000, say)
        const rows = await minute()
        told(say, "1,000 services", rows)
        result["thousand"] = rows
      }
    } finally {
      await cluster.remove()
      await cluster.removePool("bench-idle")
      if (cluster.lab.started) await cluster.takeDown()
    }
    return result
  },
}
