import { randomBytes } from "node:crypto"
import { setTimeout as pass } from "node:timers/promises"
import { doublesOf, longestOf, type Span, silencesOf } from "../../client/answers.ts"
import { startAsking } from "../../client/who-has.ts"
import { installNamespace } from "../../e2e/cluster.ts"
import type { Bench } from "../bench.ts"
import { addresses, clearScene, nodeWith, serviceAt, setScene, settle, speakerProcess } from "../failover/scene.ts"
import { useOf } from "../process-memory.ts"
import { doubleBroken, growthBroken, growthOf, silenceBroken } from "../promises.ts"
import { keepSilences } from "../silence.ts"
import { describe, distribution } from "../stats.ts"
import { disturbances } from "./disturbances.ts"
import { watchEndpoints } from "./endpoints.ts"

const everyMs = 20
const eventEveryMs = 5000
/** Longer than one fault may take (docs/ownership.md, promise d): worth a look at what the speakers recorded. */
const longSilenceMs = 400

/** What happened when: `at` and `until` in ms since the epoch. */
type Happening = { readonly what: string; readonly node: string; readonly at: number; until: number; fault?: string }

/** The bound is one for nodes that hear each other, and with a tenth of the packets lost they may not. */
const isLoss = (double: { readonly from: number; readonly to: number }) => (one: Happening) =>
  one.what === "loss" && one.at <= double.to && one.until >= double.from

const longestIn = <T extends Span>(spans: readonly T[]): T | undefined =>
  spans.reduce<T | undefined>((a, b) => (a === undefined || b.to - b.from > a.to - a.from ? b : a), undefined)

const memoryOf = (pid: number) => useOf(pid).anonymous

/**
 * Something random every five seconds to every node but the first, whose speaker sees it all and has its memory watched. A host of the LAN asks
 * for each address all the time, and tells when two answered, or none.
 */
export const soak: Bench = {
  name: "soak",
  summary:
    "a random event every 5 s for --minutes (default 30): memory of a speaker, and two owners or none, seen from the LAN",
  parts: Object.keys(disturbances),
  run: async ({ minutes = 30, only }, say) => {
    const cluster = await setScene("bench-soak")
    const { lab } = cluster
    const [watched = "", ...others] = lab.nodes
    const kinds = Object.keys(disturbances).filter(name => only.length === 0 || only.includes(name))
    const pick = <T>(list: readonly T[]): T => {
      const one = list[randomBytes(4).readUInt32LE() % list.length]
      if (one === undefined) throw new Error("nothing to choose from")
      return one
    }
    const happenings: Happening[] = []
    const memory: number[] = []
    const asker = await startAsking(lab, addresses, everyMs)
    const endpoints = watchEndpoints(
      lab,
      cluster.namespace,
      watched,
      addresses.map((_, at) => serviceAt(at)),
    )
    const keeper = keepSilences(cluster, asker, { addresses, longMs: longSilenceMs, say })
    try {
      const pid = speakerProcess(lab, watched)
      const end = Date.now() + minutes * 60_000
      while (Date.now() < end) {
        const what = pick(kinds)
        const happening: Happening = { what, node: pick(others), at: Date.now(), until: Date.now() }
        happenings.push(happening)
        try {
          await disturbances[what]?.(cluster, happening.node)
        } catch (error) {
          // A node that is still on its way back from the last event has no speaker to kill.
          happening.fault = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)
        }
        happening.until = Date.now()
        memory.push(memoryOf(pid))
        say(
          `${((happening.at - end) / 60_000 + minutes).toFixed(1).padStart(5)} min  ${what} ${happening.node}${happening.fault ? ` (not done: ${happening.fault})` : ""}; ${memory.at(-1)?.toFixed(1)} MB`,
        )
        await pass(Math.max(0, happening.at + eventEveryMs - Date.now()))
      }
      // Those that were killed often would be started minutes later; the watched one stays.
      const killed = [
        "delete",
        "pods",
        "-l",
        "app=metallb,component=speaker",
        `--field-selector=spec.nodeName!=${watched}`,
      ]
      await lab.mustKubectl(["-n", installNamespace, ...killed])
      await settle(cluster)
      if (speakerProcess(lab, watched) !== pid) throw new Error(`the speaker of ${watched} was started again`)
      await keeper.stop()
      const unserved = endpoints.stop()
      const seen = await asker.stop()
      const about = (from: number, to: number): string => {
        const during = happenings.filter(one => one.at <= to && one.until >= from - 5000)
        const what = from > end ? ["every speaker but one is deleted"] : during.map(one => `${one.what} ${one.node}`)
        return `${((from - end) / 60_000 + minutes).toFixed(1)} min, about then: ${what.join(", ") || "nothing"}`
      }
      const doubles = addresses.flatMap(address =>
        doublesOf(seen.get(address) ?? { asks: [] }).map(double => ({ address, ...double })),
      )
      for (const { address, from, to, macs } of doubles.filter(one => one.to - one.from > everyMs)) {
        const who = macs.map(mac => nodeWith(lab, mac)).join(", ")
        say(`two owners of ${address} for ${(to - from).toFixed(0)} ms: ${who}; ${about(from, to)}`)
      }
      const silences = addresses.flatMap((address, at) => {
        const without = unserved.get(serviceAt(at)) ?? []
        return silencesOf(seen.get(address) ?? { asks: [] }).map(silence => ({
          address,
          ...silence,
          unserved: without.some(one => one.from <= silence.to && one.to >= silence.from),
        }))
      })
      const owed = silences.filter(one => !one.unserved)
      for (const address of addresses) {
        const longest = longestIn(owed.filter(one => one.address === address))
        if (longest === undefined) continue
        const { from, to } = longest
        say(`nobody answered for ${address} for ${(to - from).toFixed(0)} ms at most; ${about(from, to)}`)
      }
      for (const { address, from, to } of silences.filter(one => one.unserved && one.to - one.from > longSilenceMs))
        say(
          `nobody answered for ${address} for ${(to - from).toFixed(0)} ms, when Kubernetes had no ready endpoint on ${watched}; ${about(from, to)}`,
        )
      const failed = happenings.filter(one => one.fault !== undefined).length
      say(`${happenings.length} events, ${failed} of them not done`)
      say(`two owners            ${doubles.length} times, at most ${longestOf(doubles).toFixed(0)} ms`)
      say(`no owner              at most ${longestOf(owed).toFixed(0)} ms while ${watched} had a ready endpoint`)
      say(`endpoints not read    ${endpoints.unread()}`)
      say(`anonymous memory      ${describe(distribution(memory), "MB")}`)
      const growth = growthOf(memory)
      say(`  growth              ${growth.toFixed(2)} MB from the second quarter to the last`)
      return {
        minutes,
        events: happenings,
        doubles,
        longestDouble: longestOf(doubles),
        silences: silences.filter(one => one.to - one.from > longSilenceMs),
        longestSilence: longestOf(owed),
        memory,
        growth,
        broken: [
          ...doubleBroken("soak", longestOf(doubles.filter(one => !happenings.some(isLoss(one))))),
          ...silenceBroken("soak", longestOf(owed)),
          ...growthBroken(`memory of the speaker of ${watched}`, growth),
        ],
      }
    } finally {
      await keeper.stop()
      endpoints.stop()
      asker.kill()
      await clearScene(cluster)
    }
  },
}
