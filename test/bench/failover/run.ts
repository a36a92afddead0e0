import { setTimeout as pass } from "node:timers/promises"
import { doublesOf, longestOf, ownersOf, silenceOf } from "../../client/answers.ts"
import { startProbe } from "../../client/client.ts"
import { startAsking } from "../../client/who-has.ts"
import type { Cluster } from "../../e2e/cluster.ts"
import type { Say } from "../bench.ts"
import { keepSilences } from "../silence.ts"
import type { Event } from "./events.ts"
import { nodeWith, ownerOf } from "./scene.ts"

/** Milliseconds between two requests, and between two questions by ARP. */
export const everyMs = 20
/** A request that had to send its first packet twice, which takes a second, counts as lost. */
const limitMs = 900
/** How long is watched before, and after all is well again. */
const beforeMs = 1000
const afterMs = 2500

/** What one event did, seen from outside. Times in ms. */
export type Sight = {
  /** The measure of the event. */
  readonly value: number
  readonly outage: number
  readonly requests: number
  readonly lost: number
  /** Longest time without an answer by ARP. */
  readonly silence: number
  /** Longest time that two MACs answered by ARP. */
  readonly double: number
  /** What became of each lost request, and how long after another node's first answer by ARP it began, in ms (before it: below 0). */
  readonly losses: readonly { readonly error: string; readonly afterMove: number | undefined }[]
  /** Nodes that answered by ARP, one after another. */
  readonly owners: readonly string[]
}

/** A sight, and the node that met the event. */
export type Seen = { readonly sight: Sight; readonly node: string }

/** Watches one address while its owner meets an event, and until the client is served again (at most two minutes). */
export const watch = async (cluster: Cluster, event: Event, address: string, say: Say): Promise<Seen> => {
  const { lab } = cluster
  const node = await ownerOf(lab, address)
  const asker = await startAsking(lab, [address], everyMs)
  const { mostSilence: longMs } = event
  const keeper = longMs === undefined ? undefined : keepSilences(cluster, asker, { addresses: [address], longMs, say })
  const probe = await startProbe(lab, address, 80, everyMs, limitMs)
  try {
    await pass(beforeMs)
    const resumed = await event.hit(cluster, node)
    await lab.waitFor(
      `${address} has another owner than ${node}`,
      () => !event.moves || nodeWith(lab, asker.owner(address) ?? "") !== node,
      { timeoutMs: 120_000, everyMs: 50 },
    )
    await cluster.expectAnswers(address, 10, 120_000)
    await pass(afterMs)
    const report = await probe.stop()
    const answers = (await asker.stop()).get(address) ?? { asks: [] }
    const silence = silenceOf(answers)
    const doubles = doublesOf(answers)
    const moved = answers.asks.find(({ replies }) => replies.some(({ mac }) => nodeWith(lab, mac) !== node))
    const other = moved?.replies.find(({ mac }) => nodeWith(lab, mac) !== node)
    const movedAt = moved === undefined || other === undefined ? undefined : moved.at + other.ms
    const after = resumed === undefined ? 0 : Math.max(0, ...doubles.map(double => double.last - resumed))
    const sight = {
      value: { outage: report.outageMs, silence: silence.outageMs, double: after }[event.measure],
      outage: report.outageMs,
      requests: report.attempts,
      lost: report.lost,
      silence: silence.outageMs,
      double: longestOf(doubles),
      losses: report.losses.map(({ at, error }) => ({
        error,
        afterMove: movedAt === undefined ? undefined : at - movedAt,
      })),
      owners: ownersOf(answers).map(mac => nodeWith(lab, mac)),
    }
    return { sight, node }
  } finally {
    await keeper?.stop()
    asker.kill()
    probe.kill()
  }
}
