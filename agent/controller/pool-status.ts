import { countersOf, type PoolCounters, statusOf } from "../core/allocate/counters.ts"
import type { PoolTable } from "../core/allocate/pool-table.ts"
import type { PoolResource } from "../core/model.ts"
import type { Book } from "../core/quarantine/book.ts"
import { entryOf, type Quarantine } from "../core/quarantine/quarantine.ts"
import type { Edges } from "../edges.ts"
import { type Millis, pause } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { mergePatch, sendPatiently } from "../ports/kube/client.ts"
import type { Reflector } from "../ports/kube/reflector.ts"
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
const statusText = (counters: PoolCounters): string =>
  Object.entries(statusOf(counters))
    .map(([name, value]) => `"${name}":${value}`)
    .join(",")

/** The whole list, null to take it away; undefined where there is none and none is to be. */
const listText = (quarantines: readonly Quarantine[], written: PoolResource | undefined): string | undefined => {
  if (quarantines.length > 0) return JSON.stringify(quarantines.map(entryOf))
  return written?.quarantined === undefined ? undefined : "null"
}

export type PoolStatusInput = {
  readonly table: PoolTable
  /** By the name of the pool. */
  readonly quarantines: Book
}

/**
 * Keeps counters and quarantines in the status of IPAddressPools, and the counters in the metrics. `pools` are those that are
 * resources; those of the ConfigMap have metrics only. Bounded: one remembered text a pool, one request at a time.
 */
export const createPoolStatusWriter = (
  edges: Edges,
  namespace: string,
  pools: Reflector<PoolResource>,
  inputNow: () => PoolStatusInput | undefined,
): PoolStatusWriter => {
  const { client, clock, random } = edges
  const log = edges.log.from("controller/pool-status")
  const gauges = poolMetrics(edges.metrics)
  const control = new AbortController()
  const written = new Map<string, { readonly text: string; readonly at: Millis }>()
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
    const now = inputNow()
    if (now === undefined || control.signal.aborted) return undefined
    const all = countersOf(now.table)
    gauges.show(all)
    const isResource = (name: string) => pools.get(`${namespace}/${name}`) !== undefined
    for (const name of written.keys()) if (!isResource(name)) written.delete(name)
    const listOf = ({ pool }: PoolCounters) =>
      listText(now.quarantines.get(pool) ?? [], pools.get(`${namespace}/${pool}`))
    const wanted = (each: PoolCounters) => `${statusText(each)} ${listOf(each) ?? ""}`
    const ago = ({ pool }: PoolCounters) => written.get(pool)?.at ?? Number.NEGATIVE_INFINITY
    const [next] = all
      .filter(each => isResource(each.pool) && written.get(each.pool)?.text !== wanted(each))
      .sort((a, b) => (ago(a) === ago(b) ? (a.pool < b.pool ? -1 : 1) : ago(a) < ago(b) ? -1 : 1))
    if (next === undefined) return undefined
    const early = ago(next) + poolInterval - clock.monotonic()
    if (early > 0) return early
    const text = wanted(next)
    const list = listOf(next)
    const base = pools.get(`${namespace}/${next.pool}`)?.resourceVersion ?? ""
    // Whoever ends a quarantine by hand at this moment must not find it back.
    const body =
      list === undefined
        ? `{"status":{${statusText(next)}}}`
        : `{"metadata":{"resourceVersion":"${base}"},"status":{${statusText(next)},"quarantined":${list}}}`
    const path = paths.poolStatus(namespace, next.pool)
    try {
      const request = { method: "PATCH", path, contentType: mergePatch, body, signal: control.signal } as const
      pools.learn(await sendPatiently(client, request, { clock, random }), base)
    } catch (error) {
      if (control.signal.aborted) return undefined
      // Somebody changed the pool; the watch is about to say how.
      if (isStatus(error, 409)) return interval
      // The pool went away; the watch is about to say so.
      if (!isStatus(error, 404)) {
        log.warn("pool status not written", { pool: next.pool, error: textOf(error) })
        return failureWait
      }
    }
    written.set(next.pool, { text, at: clock.monotonic() })
    return interval
  }

  const forget = () => {
    written.clear()
    gauges.show([])
  }
  return { changed: () => void schedule(interval), forget, stop: () => control.abort() }
}
