import { judgeConfig } from "./core/config/judge.ts"
import type { ConfigVerdict, Problem } from "./core/config/model.ts"
import { problemText } from "./core/config/problem.ts"
import type { Meta } from "./core/model.ts"
import type { ParseYaml } from "./core/yaml/tree.ts"
import type { Edges } from "./edges.ts"
import { createReflector, type Reflector } from "./ports/kube/reflector.ts"
import { l2Advertisements, legacyConfigMap, namespaces, pools } from "./ports/kube/sources.ts"

/** The judged configuration, kept up to date. */
export type Configuration = {
  /** undefined until all that it consists of was read once: unknown, not empty. */
  readonly verdict: () => ConfigVerdict | undefined
  /** Names of the collections that were not read yet. */
  readonly missing: () => readonly string[]
  /** uid of an object that a problem names ("ipaddresspool/public"); "" where it is gone. */
  readonly uidOf: (object: string) => string
  /** Names of the pools that are resources of their own. */
  readonly resourcePools: () => ReadonlySet<string>
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

export type ConfigurationEvents = {
  /** Another verdict than before; called for the first one too. */
  readonly onChange: (verdict: ConfigVerdict) => void
  /** A problem that was not there before. */
  readonly onProblem: (problem: Problem) => void
}

const noYaml: ParseYaml = () => ({ ok: false, at: { line: 1, column: 1 }, message: "no text was expected" })

/** Equal texts for equal verdicts: lists are sorted, and sets are filled in a fixed order. */
const fingerprint = (verdict: ConfigVerdict): string =>
  JSON.stringify(verdict, (_key, value: unknown) => {
    if (typeof value === "bigint") return value.toString()
    return value instanceof Set ? [...value].sort() : value
  })

/**
 * Follows pools, advertisements, namespaces and the ConfigMap of MetalLB before 0.13, and judges them again whenever one
 * changes. An object that breaks is judged with the last verdict at hand, so that what it meant before stays in use.
 */
export const followConfiguration = (
  edges: Edges,
  namespace: string,
  { onChange, onProblem }: ConfigurationEvents,
): Configuration => {
  const log = edges.log.from("configuration")
  const loaded = edges.metrics.gauge("metallb_k8s_client_config_loaded_bool", "1 once a configuration was read.")
  const stale = edges.metrics.gauge(
    "metallb_k8s_client_config_stale_bool",
    "1 while part of the configuration cannot be used.",
  )
  loaded.set(0)
  stale.set(0)
  let verdict: ConfigVerdict | undefined
  let print = ""
  let problems = new Map<string, Problem>()
  let judging = false
  let again = false

  const tell = (found: readonly Problem[]) => {
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
    stale.set(found.some(problem => problem.severity === "error") ? 1 : 0)
  }

  const judge = async () => {
    const legacy = config.get(`${namespace}/config`)
    const parseYaml = legacy === undefined ? noYaml : await edges.parseYaml()
    const input = {
      pools: [...pool.values()],
      l2Advertisements: [...l2.values()],
      legacy,
      namespaces: [...space.values()],
      installNamespace: namespace,
    }
    const next = judgeConfig(input, parseYaml, verdict?.config)
    const nextPrint = fingerprint(next)
    if (nextPrint === print) return
    verdict = next
    print = nextPrint
    loaded.set(1)
    tell(next.problems)
    log.info("configuration loaded", {
      pools: next.config.pools.map(({ name }) => name),
      l2Advertisements: next.config.l2Advertisements.map(({ name }) => name),
      broken: [...next.brokenPools, ...next.brokenAdvertisements],
    })
    onChange(next)
  }

  /** One judgement at a time; what changes meanwhile is judged once more afterwards. A bug in it ends the program. */
  const changed = () => {
    again = true
    if (judging || missing().length > 0) return
    judging = true
    queueMicrotask(async () => {
      while (again) {
        again = false
        await judge()
      }
      judging = false
    })
  }

  const pool = createReflector(pools(namespace), edges, changed)
  const l2 = createReflector(l2Advertisements(namespace), edges, changed)
  const config = createReflector(legacyConfigMap(namespace), edges, changed)
  const space = createReflector(namespaces, edges, changed)
  const parts: readonly (readonly [string, Reflector<unknown>])[] = [
    ["IPAddressPools", pool],
    ["L2Advertisements", l2],
    ["ConfigMap config", config],
    ["namespaces", space],
  ]
  const byKind: Readonly<Record<string, Reflector<Meta>>> = {
    ipaddresspool: pool,
    l2advertisement: l2,
    configmap: config,
  }
  const missing = () => parts.filter(([, part]) => !part.state().synced).map(([what]) => what)

  return {
    verdict: () => verdict,
    missing,
    uidOf: object => {
      const [kind = "", name = ""] = object.split("/")
      return byKind[kind]?.get(`${namespace}/${name}`)?.uid ?? ""
    },
    resourcePools: () => new Set([...pool.values()].map(({ name }) => name)),
    run: signal => Promise.all(parts.map(([, part]) => part.run(signal))),
  }
}
