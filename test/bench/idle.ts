import { setTimeout as pass } from "node:timers/promises"
import { Cluster } from "../e2e/cluster.ts"
import { narrowLan, widenLan } from "../e2e/wide-lan.ts"
import type { Bench, Say } from "./bench.ts"
import { manyServices } from "./many-services.ts"
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

/** What both modes cost while nothing happens: with two services, and with `--services` of them. Parts: `few`, `many`. */
export const idle: Bench = {
  name: "idle",
  summary:
    "memory and CPU of controller and speakers while nothing happens, with two services and with --services (default 1,000; parts: few, many)",
  parts: ["few", "many"],
  run: async ({ only, services = 1000 }, say) => {
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
        // Their pool gives way to another, in which they would move to addresses that the many ask for.
        await cluster.kubectl(["delete", "service", "one", "two"])
      }
      if (wanted("many")) {
        await widenLan(cluster.lab)
        await manyServices(cluster, services, say)
        const rows = await minute()
        told(say, `${services} services`, rows)
        result["many"] = { services, ...rows }
      }
    } finally {
      await narrowLan(cluster.lab)
      await cluster.remove()
      await cluster.removePool("bench-idle")
      if (cluster.lab.started) await cluster.takeDown()
    }
    return result
  },
}
