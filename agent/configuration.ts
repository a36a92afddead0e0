import { type ConfigObject, type ConfigurationOptions, followParts } from "./configuration-parts.ts"
import { problemsAtNode } from "./core/config/at-node.ts"
import { type ConfigInput, judgeConfig } from "./core/config/judge.ts"
import type { ConfigVerdict, Problem } from "./core/config/model.ts"
import { printOf } from "./core/config/print.ts"
import { problemText } from "./core/config/problem.ts"
import type { Findings } from "./core/config/state.ts"
import type { PoolResource } from "./core/model.ts"
import type { ParseYaml } from "./core/yaml/tree.ts"
import type { Edges } from "./edges.ts"
import type { Reflector } from "./ports/kube/reflector.ts"

/** The judged configuration, kept up to date. */
export type Configuration = {
  /** undefined until all that it consists of was read once: unknown, not empty. */
  readonly verdict: () => ConfigVerdict | undefined
  /** Names of the collections without which nothing can be said and that were not read yet. */
  readonly missing: () => readonly string[]
  /** Nodes changed, or cannot be followed. */
  readonly nodesChanged: () => void
  /** uid of an object that a problem names ("ipaddresspool/public"); "" where it is gone. */
  readonly uidOf: (object: string) => string
  /** The resources that it consists of, those of other namespaces left out. */
  readonly objects: () => Iterable<ConfigObject>
  /** The pools that are resources of their own. */
  readonly pools: Reflector<PoolResource>
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

export type ConfigurationEvents = {
  /** Another verdict than before, or another part of it is unknown; called for the first one too. */
  readonly onChange: (verdict: ConfigVerdict, findings: Findings) => void
  /** A problem that was not there before. */
  readonly onProblem: (problem: Problem) => void
  /** After every judgement, also one that says the same of other objects. */
  readonly onJudged?: (findings: Findings) => void
}

const noYaml: ParseYaml = () => ({ ok: false, at: { line: 1, column: 1 }, message: "no text was expected" })

/**
 * Follows everything that is configuration, the ConfigMap of MetalLB before 0.13 included, and judges it again whenever part
 * of it changes. An object that breaks is judged with the last verdict at hand, so that what it meant before stays in use;
 * the same holds for a kind that is not to be read, and over a restart where `lastGood` knows what was in use before it.
 */
export const followConfiguration = (
  edges: Edges,
  options: ConfigurationOptions,
  { onChange, onProblem, onJudged }: ConfigurationEvents,
): Configuration => {
  const log = edges.log.from("configuration")
  const loaded = edges.metrics.gauge("metallb_k8s_client_config_loaded_bool", "1 once a configuration was read.")
  const stale = edges.metrics.gauge(
    "metallb_k8s_client_config_stale_bool",
    "1 while part of the configuration cannot be used or was not read.",
  )
  loaded.set(0)
  stale.set(0)
  let verdict: ConfigVerdict | undefined
  let print = ""
  let problems = new Map<string, Problem>()
  let judging = false
  let again = false

  const tell = ({ problems: found, unread }: Findings) => {
    const now = new Map(found.map(problem => [problemText(problem), problem]))
    for (const [key, problem] of now) {
      if (problems.has(key)) continue
      const fields = {
        object: problem.object,
        field: problem.field,
        reason: problem.reason,
        error: problemText(problem),
      }
      if (problem.severity === "error") log.error("failed to parse the configuration", fields)
      else log.warn("configuration works, but not as it reads", fields)
      onProblem(problem)
    }
    for (const [key, problem] of problems)
      if (!now.has(key)) log.info("configuration problem gone", { object: problem.object, field: problem.field })
    problems = now
    stale.set(unread.length > 0 || found.some(problem => problem.severity === "error") ? 1 : 0)
  }

  const judge = async () => {
    const input = parts.input()
    const parseYaml = input.legacy === undefined ? noYaml : await edges.parseYaml()
    const next = afresh(input, parseYaml) ?? judgeConfig(input, parseYaml, verdict?.config)
    const findings = { problems: problemsHere(next, input), unread: parts.unread() }
    const nextPrint = printOf([next, findings])
    if (nextPrint === print) return onJudged?.(findings)
    verdict = next
    print = nextPrint
    loaded.set(1)
    tell(findings)
    log.info("configuration loaded", {
      pools: next.config.pools.map(({ name }) => name),
      l2Advertisements: next.config.l2Advertisements.map(({ name }) => name),
      bgpPeers: next.config.bgp.peers.map(({ name }) => name),
      bgpAdvertisements: next.config.bgp.advertisements.map(({ name }) => name),
      broken: brokenIn(next),
      unread: findings.unread.map(({ what, why }) => `${what}: ${why}`),
    })
    onChange(next, findings)
    onJudged?.(findings)
    parts.refer(next.config.bgp.peers.length > 0)
  }

  /** The first judgement, with what the program before this one used where it has something to stand in for; else undefined. */
  const afresh = (input: ConfigInput, parseYaml: ParseYaml): ConfigVerdict | undefined => {
    if (verdict !== undefined || options.lastGood === undefined) return undefined
    const first = judgeConfig(input, parseYaml)
    const whole = parts.unread().length === 0 && first.problems.every(({ severity }) => severity !== "error")
    const before = whole ? undefined : options.lastGood()
    return before === undefined ? first : judgeConfig(input, parseYaml, before)
  }

  const problemsHere = (found: ConfigVerdict, input: ConfigInput): readonly Problem[] => {
    const labels = options.node === undefined ? undefined : options.nodes.get(options.node)?.labels
    return labels === undefined ? found.problems : problemsAtNode(found.problems, input, labels)
  }

  /** One judgement at a time; what changes meanwhile is judged once more afterwards. A bug in it ends the program. */
  const changed = () => {
    again = true
    parts.refer(false)
    if (judging || !ready()) return
    judging = true
    queueMicrotask(async () => {
      while (again && ready()) {
        again = false
        await judge()
      }
      judging = false
    })
  }

  const parts = followParts(edges, options, changed)
  const ready = () => parts.missing().length === 0 && parts.settled()

  let nodesSeen: string | undefined
  /** Nodes change their status every few minutes, and their labels hardly ever. */
  const nodesChanged = () => {
    const { synced, lastError } = options.nodes.state()
    const labels = [...options.nodes.values()].map(each => [each.name, ...Object.entries(each.labels).sort()])
    const now = JSON.stringify([synced || lastError !== undefined, synced, labels.sort()])
    if (now === nodesSeen) return
    nodesSeen = now
    changed()
  }

  return {
    verdict: () => verdict,
    missing: parts.missing,
    nodesChanged,
    uidOf: parts.uidOf,
    objects: parts.objects,
    pools: parts.pools,
    run: parts.run,
  }
}

const brokenIn = ({ brokenPools, brokenAdvertisements, brokenBgp }: ConfigVerdict): readonly string[] => [
  ...brokenPools,
  ...brokenAdvertisements,
  ...brokenBgp.peers,
  ...brokenBgp.advertisements,
]
