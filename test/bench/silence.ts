import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Span } from "../client/answers.ts"
import type { Asker } from "../client/who-has.ts"
import { type Cluster, installNamespace } from "../e2e/cluster.ts"
import { cache } from "../setup/cache.ts"
import type { Say } from "./bench.ts"

const lookEveryMs = 100
/** Whoever is silent for longer is asked while it is. */
const lastingMs = 2000

/** BOUNDED: a soak that is silent all the time fills no disk. */
const mostKept = 10

const questions = ["recording ownership", "recording membership", "company", "history"] as const

/**
 * A function that is told again and again when the address that has been silent for longest was answered for last, and the time now (ms, same clock). It gives
 * each silence of over `longMs` once: when it is over, or when it goes on for two seconds more.
 */
export const noticeSilences = (longMs: number) => {
  let from: number | undefined
  let isTold = false
  return (answeredAt: number, now: number): Span | undefined => {
    const silent = now - answeredAt > longMs
    if (silent) from ??= answeredAt
    const silence = from === undefined || isTold ? undefined : { from, to: silent ? now : answeredAt }
    if (!silent) {
      from = undefined
      isTold = false
    } else if (silence !== undefined && now - silence.from <= longMs + lastingMs) return undefined
    else isTold = true
    return silence
  }
}

/**
 * Keeps what the speakers remember of a silence of over `longMs`, as soon as it is over or goes on: later nobody would know. The
 * instants in recordings are the machine's monotonic clock, as is the one in `when.json`.
 */
export const keepSilences = (
  cluster: Cluster,
  asker: Asker,
  { addresses, longMs, say }: { addresses: readonly string[]; longMs: number; say: Say },
): { readonly stop: () => Promise<void> } => {
  let kept = 0
  let keeping = Promise.resolve()
  const keep = async ({ from: since, to: until }: Span) => {
    const folder = join(cache, "silences", new Date(since).toISOString().replaceAll(":", ""))
    mkdirSync(folder, { recursive: true })
    const monotonic = (at: number) => Number(process.hrtime.bigint()) / 1e6 - (Date.now() - at)
    const when = { from: monotonic(since), until: monotonic(until) }
    writeFileSync(join(folder, "when.json"), JSON.stringify(when))
    // The one that remembers the least first.
    for (const question of questions) {
      const answers = cluster.lab.nodes.map(async node => [node, await told(cluster, node, question)] as const)
      for (const [node, answer] of await Promise.all(answers))
        writeFileSync(join(folder, `${node}-${question.replaceAll(" ", "-")}`), answer)
    }
    say(`nobody answered for ${(until - since).toFixed(0)} ms so far; what the speakers say is in ${folder}`)
  }
  const notice = noticeSilences(longMs)
  const timer = setInterval(() => {
    const answered = addresses.map(address => asker.answeredAt(address))
    if (!answered.every(at => at !== undefined)) return
    const silence = notice(Math.min(...answered), Date.now())
    if (silence === undefined) return
    kept += 1
    if (kept <= mostKept) keeping = keeping.then(() => keep(silence)).catch(error => say(`not kept: ${error}`))
  }, lookEveryMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await keeping
    },
  }
}

/** What a speaker answers, or why it does not: one whose node is off is part of the story. */
const told = async (cluster: Cluster, node: string, question: string): Promise<string> => {
  try {
    const pod = await cluster.agentPod("speaker", node)
    const command = ["exec", pod, "--", "/usr/bin/node", "/app/agent.cjs", `--query=${question}`]
    const { code, stdout, stderr } = await cluster.lab.kubectl(["-n", installNamespace, ...command], {
      timeoutMs: 5000,
    })
    return code === 0 ? stdout : stderr
  } catch (error) {
    return String(error)
  }
}
