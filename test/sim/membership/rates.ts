/**
 * `node test/sim/membership/rates.ts`: how often the membership alone declares a node dead that lives, at raised loss, and what that makes at
 * the loss of a LAN. Takes ten minutes; the table stands in docs/ownership.md.
 */
import { falseDeaths } from "./false-deaths.ts"
import { powerLaw } from "./stats.ts"

const nodes = 4
const say = (...cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`)

say("packets lost", "node-hours", "deaths that were none", "a node and hour")
say("---", "---", "---", "---")
const points = [
  [0.7, 30],
  [0.6, 60],
  [0.5, 180],
  [0.4, 360],
  [0.3, 180],
].map(([loss = 0, minutes = 0]) => {
  const count = falseDeaths(loss, minutes)
  const hours = (nodes * minutes) / 60
  say(`${Math.round(100 * loss)} %`, hours, count, (count / hours).toPrecision(2))
  return { loss, rate: count / hours }
})

const { power, at } = powerLaw(points)
for (const loss of [0.2, 0.1, 0.05, 0.01])
  say(`${Math.round(100 * loss)} %`, "extrapolated", "", at(loss).toExponential(1))
process.stdout.write(`power ${power.toFixed(1)}\n`)
