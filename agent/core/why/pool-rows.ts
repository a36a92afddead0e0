import type { Convergence } from "../allocate/convergence.ts"
import { countersOfPool } from "../allocate/counters.ts"
import type { PoolEntry } from "../allocate/pool-table.ts"
import type { Facts, Step } from "../outcome.ts"
import type { WhyContext } from "./context.ts"
import type { PoolRow } from "./report.ts"

/**
 * One row for each pool in the order of trial: the steps of the decision, with the pool that the service has its
 * addresses from as the chosen one. A pool before it that has room by now did not have it then: the service stays where
 * it is.
 */
export const poolRows = (
  { ledger }: WhyContext,
  trace: readonly Step[],
  convergence: Convergence,
  base: Facts,
): readonly PoolRow[] => {
  const steps = new Map(trace.map(step => [step.subject, step]))
  const chosen = convergence.addresses.length > 0 ? convergence.pool : undefined
  return ledger.table.entries.map(entry => {
    const step = steps.get(entry.subject) ?? entry.notTried
    return rowOf(entry, chosen === entry.pool.name ? chosenStep(entry, step) : settledStep(step, chosen), base)
  })
}

const rowOf = (entry: PoolEntry, { verdict, reason, facts }: Step, base: Facts): PoolRow => ({
  pool: entry.pool.name,
  verdict,
  reason,
  facts: { ...base, pool: entry.pool.name, ...facts },
  free: countersOfPool(entry).families.map(({ family, size, free }) => ({ family, size, free })),
})

const chosenStep = (entry: PoolEntry, step: Step): Step =>
  step.reason === "ML134"
    ? step
    : { ...step, verdict: "chosen", reason: "ML138", facts: { ...step.facts, why: servesWhom(entry) } }

/** The decision of today may fall on another pool than the one that the service stays in. */
const settledStep = (step: Step, chosen: string | undefined): Step =>
  step.verdict === "chosen" && chosen !== undefined ? { ...step, verdict: "eligible", reason: "ML131" } : step

const servesWhom = ({ pool }: PoolEntry): string => {
  const automatic = [
    ...(pool.autoAssign ? [] : ["on request only"]),
    ...(pool.drain === true ? ["draining, gives no other"] : []),
  ]
  if (pool.restriction === undefined) return [...automatic, "open to every service"].join(", ")
  const { priority, namespaces, serviceSelectors } = pool.restriction
  return [
    ...automatic,
    ...(priority > 0 ? [`priority ${priority}`] : []),
    namespaces === undefined ? "serves every namespace" : "serves the namespace",
    ...(serviceSelectors.length > 0 ? ["serves these labels"] : []),
  ].join(", ")
}
