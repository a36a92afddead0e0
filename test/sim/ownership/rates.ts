/**
 * `node test/sim/ownership/rates.ts`: what the detector makes of lost packets where nobody is dead: how often it doubts, finds a node or a
 * speaker gone, and how often a VIP moves or is answered for by another. Four nodes, two VIPs, busy processes. Takes some minutes; the table
 * stands in docs/ownership.md.
 */
import { powerLaw } from "../membership/stats.ts"
import type { Schedule } from "./schedule.ts"
import { World } from "./world.ts"

const nodes = ["n1", "n2", "n3", "n4"]

const quiet = (loss: number, minutes: number): Schedule => ({
  seed: 7,
  kind: "random",
  nodes,
  vips: ["192.168.1.11", "192.168.1.12"],
  failbackAfter: null,
  loss,
  load: 10,
  duration: minutes * 60_000,
  events: [],
})

/** Counts by kind. The first two seconds are the start, in which the VIPs get their owners. */
const counted = (loss: number, minutes: number): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  const world = new World(quiet(loss, minutes), line => {
    const [at = "", , did = ""] = line.split(" ")
    if (Number(at) < 2_000) return
    const [, what = did] = / says \S+ (gone|count)/.exec(line) ?? []
    counts.set(what, (counts.get(what) ?? 0) + 1)
  })
  world.timeline.runUntil(minutes * 60_000)
  return counts
}

const say = (...cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`)
say("packets lost", "node-hours", "doubts that the owner answered", "verdicts", "stand-ins", "moves")
say("---", "---", "---", "---", "---", "---")
const points = [
  [0.3, 60],
  [0.2, 120],
  [0.1, 600],
  [0.05, 600],
  [0.02, 600],
  [0.01, 600],
].map(([loss = 0, minutes = 0]) => {
  const counts = counted(loss, minutes)
  const of = (...what: readonly string[]) => what.reduce((sum, one) => sum + (counts.get(one) ?? 0), 0)
  const hours = (nodes.length * minutes) / 60
  say(`${Math.round(100 * loss)} %`, hours, of("count"), of("gone"), of("stand-in"), of("start"))
  return { loss, rate: of("gone") / hours }
})
const { power, at } = powerLaw(points)
process.stdout.write(
  `verdicts: power ${power.toFixed(1)}, extrapolated to 1 %: ${at(0.01).toExponential(1)} a node and hour\n`,
)
