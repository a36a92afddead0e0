import type { Convergence } from "../allocate/convergence.ts"
import type { Request } from "../allocate/request.ts"
import { formatRange } from "../ip/range.ts"
import type { IpFamily, Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { fixOf } from "../sentence.ts"
import type { WhyContext } from "./context.ts"
import type { PoolRow, WayOut, WhyReport } from "./report.ts"
import { roomBeside } from "./room.ts"
import { shareWays } from "./share-ways.ts"

/**
 * What would help, least change first: the service alone, then a pool, then other services, then what the whole cluster
 * has. Empty where nothing is wrong.
 */
export const waysOut = (
  context: WhyContext,
  service: Service,
  request: Request | undefined,
  convergence: Convergence,
  report: Omit<WhyReport, "waysOut">,
): readonly WayOut[] => {
  const { outcome } = convergence
  const ways: WayOut[] = []
  if (report.state === "changing") ways.push(hasMemory(context, report.pool) ? memoryWay : controllerWay)
  if (!outcome.ok && report.state !== "unknown") {
    if (outcome.reason !== "ML118" && !isFull(outcome.reason)) ways.push(...fixWay(outcome.reason, report.facts))
    if (request !== undefined && report.state === "pending") ways.push(...poolWays(context, service, request, report))
  }
  for (const { owner, certain, reason, facts } of report.announcements) {
    if (owner === undefined || !certain) ways.push(...fixWay(reason, facts))
  }
  if (report.bgp?.advertised === false) {
    ways.push(...fixWay(report.bgp.reason, report.bgp.facts))
    const others = new Map(report.bgp.nodes.toReversed().map(row => [row.reason, row.facts]))
    others.delete(report.bgp.reason)
    for (const [reason, facts] of others) ways.push(...fixWay(reason, facts))
  }
  return distinct(ways)
}

const controllerWay: WayOut = {
  title: "controller",
  commands: ["kubectl metallb status"],
  note: "the controller has not acted on this yet: it is not running, or it is about to",
}

/** Which addresses of the pool were held last is known to the controller alone. */
const hasMemory = (context: WhyContext, pool: string | undefined): boolean =>
  pool !== undefined && context.ledger.table.byName.get(pool)?.pool.order?.kind === "least-recently-used"

const memoryWay: WayOut = {
  title: "controller",
  commands: ["kubectl get events -A --field-selector reason=AllocationFailed", "kubectl metallb status"],
  note: "the controller has not acted on this yet: free addresses cool, which only its event tells [ML141], or it is not running; it may give another one than the one named here",
}

const poolWays = (
  context: WhyContext,
  service: Service,
  request: Request,
  { pools, facts }: Pick<WhyReport, "pools" | "facts">,
): readonly WayOut[] => [
  ...pools.flatMap(row => (row.reason === "ML102" && hasFree(row, request.families) ? nameWay(row) : [])),
  ...pools.flatMap(row => (isFull(row.reason) ? extendWay(context, row) : [])),
  ...shareWays(context, service, request),
  ...pools.flatMap(row => (row.reason === "ML103" && row.free.some(({ free }) => free > 0n) ? familyWay(row) : [])),
  ...pools.flatMap(row =>
    hasFree(row, request.families) && isClosed(row) ? fixWay(row.reason, row.facts, row.pool) : [],
  ),
  ...(pools.length === 0 ? fixWay("ML117", facts) : []),
]

const hasFree = (row: PoolRow, families: readonly IpFamily[]): boolean =>
  families.every(family => row.free.some(counts => counts.family === family && counts.free > 0n))

const isFull = (reason: ReasonCode): boolean => reason === "ML101" || reason === "ML172"

const isClosed = (row: PoolRow): boolean => row.reason === "ML104" || row.reason === "ML105" || row.reason === "ML140"

const nameWay = (row: PoolRow): readonly WayOut[] => [
  {
    title: `ask for ${row.pool}`,
    commands: [fixOf("ML102", row.facts)],
    note: "it gives addresses to services that name it",
  },
]

const extendWay = (context: WhyContext, row: PoolRow): readonly WayOut[] => {
  const pool = context.ledger.table.byName.get(row.pool)?.pool
  const family = row.facts["family"] === "IPv6" ? "IPv6" : "IPv4"
  if (pool === undefined) return []
  const room = roomBeside(pool, family, context.verdict.config, context.snapshot.nodes)
  const range = room === undefined ? "FIRST-LAST" : formatRange(room)
  const title = `extend ${row.pool}`
  if (pool.source === "legacy") {
    const edit = `kubectl edit configmap config -n ${context.snapshot.installNamespace}`
    return [{ title, commands: [edit], note: `add ${range} to its addresses, if nothing else in the network uses it` }]
  }
  return [
    {
      title,
      commands: [`kubectl metallb pools add ${row.pool} --range ${range}`],
      note: "if nothing else in the network uses these addresses",
    },
  ]
}

const familyWay = (row: PoolRow): readonly WayOut[] => {
  const [offered] = row.free.filter(({ free }) => free > 0n)
  const { service, namespace } = row.facts
  const spec = `{"spec":{"ipFamilyPolicy":"PreferDualStack"}}`
  return [
    {
      title: `${offered?.family ?? ""} of ${row.pool}`,
      commands: [`kubectl patch service ${service} -n ${namespace} -p '${spec}'`],
      note: "needs a cluster with both families",
    },
  ]
}

/** The fix of a code as a way out: a command where it is one, else a sentence. */
const fixWay = (reason: ReasonCode, facts: Facts, title?: string): readonly WayOut[] => {
  const fix = fixOf(reason, facts)
  if (fix === "") return []
  const isCommand = fix.startsWith("kubectl ") && !/[;]|, (or|the|as|then|with)\b|: | shows | brings | lets /.test(fix)
  return [{ title: title ?? reason, commands: isCommand ? [fix] : [], note: isCommand ? "" : fix }]
}

const distinct = (ways: readonly WayOut[]): readonly WayOut[] => {
  const seen = new Set<string>()
  return ways.filter(way => {
    const said = `${way.commands.join("\n")}\n${way.note}`
    return seen.has(said) ? false : seen.add(said)
  })
}
