import { servesClass } from "../../agent/core/allocate/ledger.ts"
import type { Service } from "../../agent/core/model.ts"
import type { ReasonCode } from "../../agent/core/reasons.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import { whyContext } from "../../agent/core/why/context.ts"
import type { WhyReport } from "../../agent/core/why/report.ts"
import { accountOf } from "../../agent/core/why/service.ts"
import { coreTools } from "./core-tools.ts"
import { type PoolUse, poolUses } from "./pool-use.ts"
import type { Rollout } from "./rollout.ts"

/** Something that is not as it should be, and what to type. */
export type Trouble = {
  readonly severity: "error" | "warning" | "unknown"
  readonly code: ReasonCode
  readonly text: string
  readonly fix: string
}

export type ServiceCounts = {
  readonly total: number
  readonly announced: number
  readonly pending: number
  /** With an address that nobody announces, or nobody who is known to be alive. */
  readonly silent: number
}

export type Health = {
  readonly troubles: readonly Trouble[]
  readonly pools: readonly PoolUse[]
  /** undefined where the services could not be read. */
  readonly services: ServiceCounts | undefined
  /** False where what is used of the pools cannot be told. */
  readonly usageKnown: boolean
  /** Services whose verdict was asked for, with it. */
  readonly reports: readonly WhyReport[]
}

/** Judges a snapshot and, of a live cluster, the rollouts and what else was found: errors first, then warnings, then what is unknown. */
export const judgeHealth = (
  snapshot: Snapshot,
  rollouts: readonly Rollout[] | undefined,
  found: readonly Trouble[] = [],
): Health => {
  const { verdict, pools, usageKnown } = poolUses(snapshot)
  const served = snapshot.services.filter(
    service => service.type === "LoadBalancer" && servesClass(service, snapshot.loadBalancerClass),
  )
  const context = whyContext(snapshot, coreTools)
  const reports = served.map(service => accountOf(context, keyOf(service), "whether"))
  const troubles = [
    ...agentTroubles(snapshot, rollouts ?? []),
    ...verdict.problems.map(problem => ({
      severity: problem.severity,
      code: problem.reason,
      text: `${problem.object} ${problem.field}: ${problem.message}`,
      fix: fixOf(problem.reason, problem.facts),
    })),
    ...reports.flatMap(serviceTroubles),
    ...pools.filter(({ advertised }) => advertised.length === 0).map(unadvertised),
    ...pools.flatMap(quarantineTroubles),
    ...found,
    ...snapshot.unread.map(({ what, why }) => trouble("unknown", "ML630", { what, why })),
  ]
  const order = { error: 0, warning: 1, unknown: 2 }
  return {
    troubles: troubles
      .map((one, place) => ({ one, place }))
      .sort((a, b) => order[a.one.severity] - order[b.one.severity] || a.place - b.place)
      .map(({ one }) => one),
    pools,
    services: usageKnown ? countServices(reports) : undefined,
    usageKnown,
    reports,
  }
}

const keyOf = ({ namespace, name }: Service): string => `${namespace}/${name}`

const countServices = (reports: readonly WhyReport[]): ServiceCounts => ({
  total: reports.length,
  announced: reports.filter(isAnnounced).length,
  pending: reports.filter(({ addresses }) => addresses.length === 0).length,
  silent: reports.filter(report => report.addresses.length > 0 && !isAnnounced(report)).length,
})

const isAnnounced = ({ addresses, announcements, bgp }: WhyReport): boolean =>
  addresses.length > 0 &&
  (announcements.length > 0 || bgp !== undefined) &&
  bgp?.advertised !== false &&
  announcements.every(({ owner, certain }) => owner !== undefined && certain)

const trouble = (severity: Trouble["severity"], code: ReasonCode, facts: Parameters<typeof phraseOf>[1]): Trouble => ({
  severity,
  code,
  text: phraseOf(code, facts),
  fix: fixOf(code, facts),
})

const agentTroubles = ({ installNamespace: install }: Snapshot, rollouts: readonly Rollout[]): readonly Trouble[] => {
  if (rollouts.length > 0 && rollouts.every(({ exists }) => !exists)) return [trouble("error", "ML608", { install })]
  return rollouts.flatMap(({ component, complete, ready, wanted, hopeless, versions, foreign }) => [
    ...(component === "speaker" && foreign.length > 0 ? [mixedTrouble(foreign)] : []),
    ...(hopeless === undefined ? [] : [trouble("error", hopeless.code, { ...hopeless.facts, install })]),
    ...(complete || hopeless !== undefined ? [] : [trouble("error", "ML609", { component, ready, wanted, install })]),
    ...(versions.length > 1 ? [trouble("warning", "ML618", { component, versions })] : []),
  ])
}

/** What our speakers leave out beside those of MetalLB is in docs/ownership.md. */
const mixedTrouble = (foreign: readonly string[]): Trouble => {
  const { text, ...rest } = trouble("warning", "ML385", { foreign })
  const shown = foreign.slice(0, 5).join(", ") + (foreign.length > 5 ? `, and ${foreign.length - 5} more` : "")
  const suspended =
    "suspended: drains, balanced placement, the rules of links and interfaces, delayed failback, fast detection"
  return { ...rest, text: `${text}: MetalLB's speaker runs on ${shown}; ${suspended}` }
}

const serviceTroubles = (report: WhyReport): readonly Trouble[] => {
  const { service, state, addresses, nextAddresses, announcements, bgp, reason, facts } = report
  const [namespace = "", name = ""] = service.split("/")
  const fix = `kubectl metallb why-ip ${name} -n ${namespace}`
  if (state === "unknown") return []
  if (addresses.length === 0 && nextAddresses.length > 0)
    return [
      {
        severity: "warning",
        code: reason,
        text: `${service} has no address yet, ${nextAddresses.join(", ")} is free for it`,
        fix,
      },
    ]
  if (addresses.length === 0)
    return [{ severity: "error", code: reason, text: `${service} has no address (${phraseOf(reason, facts)})`, fix }]
  const untold =
    bgp === undefined || bgp.advertised
      ? []
      : [
          {
            severity: "error" as const,
            code: bgp.reason,
            text: `${addresses.join(", ")} of ${service} is told to no router (${phraseOf(bgp.reason, bgp.facts)})`,
            fix,
          },
        ]
  const silent = announcements.flatMap(({ owner, reason: why, facts: about, addresses: silent }) =>
    owner !== undefined
      ? []
      : [
          {
            severity: "error" as const,
            code: why,
            text: `${silent.join(", ")} of ${service} is announced by nobody (${phraseOf(why, about)})`,
            fix,
          },
        ],
  )
  return [...silent, ...untold]
}

/** One line a pool: the list is on its page. */
const quarantineTroubles = ({ pool, withheld }: PoolUse): readonly Trouble[] => {
  const [first, ...others] = withheld.filter(({ reason }) => reason === "ML170")
  if (first === undefined) return []
  const more = others.length === 0 ? "" : `, and ${others.length} more of pool ${pool.name}`
  const { text, ...rest } = trouble("warning", "ML170", first.facts)
  return [{ ...rest, text: `${text}${more}` }]
}

const unadvertised = ({ pool }: PoolUse): Trouble => trouble("warning", "ML310", { pool: pool.name })
