import { countersOf, type PoolCounters, statusOf } from "../core/allocate/counters.ts"
import type { PoolTable } from "../core/allocate/pool-table.ts"
import type { Edges } from "../edges.ts"
import { type Millis, pause } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { mergePatch, sendPatiently } from "../ports/kube/client.ts"
import { paths } from "../ports/kube/resources.ts"
import { textOf } from "../ports/log.ts"
import { poolMetrics } from "./pool-metrics.ts"

export type PoolStatusWriter = {
  /** Something may have changed; whatever comes within half a second is written once. */
  readonly changed: () => void
  /** Another controller keeps the counters from now on, and may write others. */
  readonly forget: () => void
  readonly stop: () => void
}

/** Half a second between two requests: at most 2 a second however many pools and services change. */
const interval = 500
/** Between two requests for the same pool, so that a burst that takes long costs few. */
const poolInterval = 1_000
/** After a failure that may pass. */
const failureWait = 5_000

/** Integers above 2^53 must stay exact, so the JSON is written by hand. */
const bodyOf = (counters: PoolCounters): string => {
  const fields = Object.entries(statusOf(counters)).map(([name, value]) => `"${name}":${value}`)
  return `{"status":{${fields.join(",")}}}`
}

/**
 * Keeps the counters in the status of IPAddressPools and in the metrics. `resources` are the names of the pools that are
 * resources; those of the ConfigMap have metrics only. Bounded: one remembered text a pool, one request at a time.
 */
export const createPoolStatusWriter = (
  edges: Edges,
  namespace: string,
  tableNow: () => { readonly table: PoolTable; readonly resources: ReadonlySet<string> } | undefined,
): PoolStatusWriter => {
  const { client, clock, random } = edges
  const log = edges.log.from("controller/pool-status")
  const gauges = poolMetrics(edges.metrics)
  const control = new AbortController()
  const written = new Map<string, { readonly body: string; readonly at: Millis }>()
  let scheduled = false

  const schedule = async (first: number) => {
    if (scheduled) return
    scheduled = true
    for (let wait: number | undefined = first; wait !== undefined; wait = await flush())
      await pause(clock, wait, control.signal)
    scheduled = false
  }

  /**
   * Writes the pool that differs and was written longest ago, so that a busy one keeps no other waiting; of several the first
   * by name. Gives how long to wait before the next one, undefined where there is none.
   */
  const flush = async (): Promise<Millis | undefined> => {
    const now = tableNow()
    if (now === undefined || control.signal.aborted) return undefined
    const all = countersOf(now.table)
    gauges.show(all)
    for (const name of written.keys()) if (!now.resources.has(name)) written.delete(name)
    const ago = ({ pool }: PoolCounters) => written.get(pool)?.at ?? Number.NEGATIVE_INFINITY
    const [next] = all
      .filter(each => now.resources.has(each.pool) && written.get(each.pool)?.body !== bodyOf(each))
      .sort((a, b) => (ago(a) === ago(b) ? (a.pool < b.pool ? -1 : 1) : ago(a) < ago(b) ? -1 : 1))
    if (next === undefined) return undefined
    const early = ago(next) + poolInterval - clock.monotonic()
    if (early > 0) return early
    const body = bodyOf(next)
    const path = paths.poolStatus(namespace, next.pool)
    try {
      const request = { method: "PATCH", path, contentType: mergePatch, body, signal: control.signal } as const
      await sendPatiently(client, request, { clock, random })
    } catch (error) {
      if (control.signal.aborted) return undefined
      // The pool went away; the watch is about to say so.
      if (!isStatus(error, 404)) {
        log.warn("pool status not written", { pool: next.pool, error: textOf(error) })
        return failureWait
      }
    }
    written.set(next.pool, { body, at: clock.monotonic() })
    return interval
  }

  const forget = () => {
    written.clear()
    gauges.show([])
  }
  return { changed: () => void schedule(interval), forget, stop: () => control.abort() }
}
