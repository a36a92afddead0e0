import { spawn } from "node:child_process"
import { availableParallelism } from "node:os"
import { setTimeout as pass } from "node:timers/promises"
import { doublesOf, longestOf, ownersOf, silenceOf } from "../client/answers.ts"
import { startAsking } from "../client/who-has.ts"
import type { Bench } from "./bench.ts"
import { addresses, clearScene, nodeWith, setScene } from "./failover/scene.ts"

const everyMs = 20
const lossPercent = 1

/** A LAN that loses packets and a machine whose cores are all busy: nothing of this is a reason to move an address. */
export const quiet: Bench = {
  name: "quiet",
  summary: `${lossPercent} % loss on every cable and all cores busy for --minutes (default 30): addresses that moved`,
  run: async ({ minutes = 30 }, say) => {
    const cluster = await setScene("bench-quiet")
    const { lab } = cluster
    // Should this process be killed, the loops still end.
    const limit = String(minutes * 60 + 300)
    const busy = Array.from({ length: availableParallelism() }, () =>
      spawn("timeout", [limit, "sh", "-c", "while :; do :; done"], { stdio: "ignore" }),
    )
    const asker = await startAsking(lab, addresses, everyMs)
    try {
      for (const node of lab.nodes) await lab.loss(node, lossPercent)
      for (let minute = 0; minute < minutes; minute++) {
        await pass(60_000)
        say(`${minute + 1} min  ${addresses.map(address => nodeWith(lab, asker.owner(address) ?? "nobody")).join(" ")}`)
      }
      const seen = await asker.stop()
      const rows = addresses.map(address => {
        const answers = seen.get(address) ?? { asks: [] }
        const owners = ownersOf(answers).map(mac => nodeWith(lab, mac))
        const { attempts, lost, outageMs } = silenceOf(answers)
        const moves = Math.max(0, owners.length - 1)
        const double = longestOf(doublesOf(answers))
        say(
          `${address}  moves ${moves} (${owners.join(" -> ")}); ${lost} of ${attempts} questions not answered, at most ${outageMs.toFixed(0)} ms; two owners ${double.toFixed(0)} ms`,
        )
        return { address, moves, owners, asked: attempts, unanswered: lost, longestSilence: outageMs, double }
      })
      const moves = rows.reduce((sum, row) => sum + row.moves, 0)
      say(`moves in all: ${moves}`)
      return { minutes, lossPercent, busyCores: busy.length, moves, addresses: rows }
    } finally {
      for (const one of busy) one.kill("SIGTERM")
      asker.kill()
      for (const node of lab.nodes) await lab.loss(node, 0)
      await clearScene(cluster)
    }
  },
}
