import { setTimeout as pass } from "node:timers/promises"
import type { Answers } from "../client/answers.ts"
import { startAsking, startCrowd } from "../client/who-has.ts"
import { Cluster } from "../e2e/cluster.ts"
import { narrowLan, widenLan } from "../e2e/wide-lan.ts"
import type { Bench, Say } from "./bench.ts"
import { addressOfService, manyServices } from "./many-services.ts"
import { processesWith, useOf } from "./process-memory.ts"
import { distribution } from "./stats.ts"

const everyMs = 5
const foreignPerSecond = 5000
/** Nobody's addresses, in the LAN's second range. */
const foreign = Array.from({ length: 100 }, (_, n) => `10.77.250.${n + 1}`)

/** Microseconds until the kernel received the first reply, one for each question that was answered. */
const latencies = ({ asks }: Answers): readonly number[] =>
  asks.flatMap(({ replies: [first] }) => (first === undefined ? [] : [first.ms * 1000]))

const speakersUse = () => processesWith(["/app/agent.cjs", "--mode=speaker"]).map(pid => useOf(pid).cpuSeconds)

/** Asks for a service's address and its owner's own one in turn, `count` times each. */
const measure = async (cluster: Cluster, vip: string, count: number, say: Say, title: string) => {
  const { lab } = cluster
  const [mac] = await cluster.macsOf(vip)
  const node = lab.plan.nodes.find(one => one.mac === mac)
  if (node === undefined) throw new Error(`${vip} is answered for by ${mac ?? "nobody"}`)
  const before = speakersUse()
  const began = performance.now()
  const asker = await startAsking(lab, [vip, node.ipv4], everyMs)
  try {
    await pass(count * everyMs)
    const answers = await asker.stop()
    const seconds = (performance.now() - began) / 1000
    const percent = speakersUse().map((cpu, at) => ((cpu - (before[at] ?? cpu)) / seconds) * 100)
    const side = (who: string, address: string) => {
      const seen = answers.get(address) ?? { asks: [] }
      const values = latencies(seen)
      const { median, p99, max } = distribution(values)
      const unanswered = seen.asks.length - values.length
      say(
        `  ${who.padEnd(8)} p50 ${median.toFixed(0)}  p99 ${p99.toFixed(0)}  max ${max.toFixed(0)} us   (${values.length} answers, ${unanswered} questions without)`,
      )
      return { p50: median, p99, max, unanswered, values }
    }
    say(title)
    const speaker = side("speaker", vip)
    const kernel = side("kernel", node.ipv4)
    say(`  CPU of the speakers, percent of a core: ${percent.map(value => value.toFixed(1)).join("  ")}`)
    return { speaker, kernel, speakerCpuPercent: percent }
  } finally {
    asker.kill()
  }
}

/** How fast an address is answered for, at the client, beside the kernel's answer for its own address on the same node. */
export const arp: Bench = {
  name: "arp",
  summary: `ARP reply latency at the client, idle and under 1,000 addresses and ${foreignPerSecond} foreign requests a second (parts: idle, loaded)`,
  parts: ["idle", "loaded"],
  run: async ({ runs = 2000, only, services = 1000 }, say) => {
    const wanted = (part: string) => only.length === 0 || only.includes(part)
    const cluster = await Cluster.ready("bench-arp")
    const result: Record<string, unknown> = {}
    try {
      await widenLan(cluster.lab)
      const vip = addressOfService(0)
      if (wanted("idle")) {
        await manyServices(cluster, 1, say)
        await cluster.expectAnswers(vip)
        result["idle"] = await measure(cluster, vip, runs, say, "one service, nothing else on the LAN")
      }
      if (wanted("loaded")) {
        await manyServices(cluster, services, say)
        await cluster.lab.waitFor("the last address answers", async () => {
          return (await cluster.macsOf(addressOfService(services - 1))).size === 1
        })
        const { router } = cluster.lab.plan
        const endCrowd = await startCrowd(router, foreign, (1000 / foreignPerSecond) * foreign.length)
        try {
          result["loaded"] = await measure(
            cluster,
            vip,
            runs,
            say,
            `${services} services, ${foreignPerSecond} foreign requests a second`,
          )
        } finally {
          endCrowd()
        }
      }
    } finally {
      await narrowLan(cluster.lab)
      await cluster.remove()
      await cluster.removePool(cluster.namespace)
      if (cluster.lab.started) await cluster.takeDown()
    }
    return result
  },
}
