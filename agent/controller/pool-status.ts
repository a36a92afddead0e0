import { countersOf, countersOfPool, type PoolStatus, statusOf } from "../core/allocate/counters.ts"
import type { PoolTable } from "../core/allocate/pool-table.ts"
import { statusByRecords } from "../core/allocate/recorded.ts"
import { formatAddress } from "../core/ip/format.ts"
import type { PoolResource, QuarantineEntry, Service } from "../core/model.ts"
import type { Book } from "../core/quarantine/book.ts"
import { entryOf, type Quarantine, timeText } from "../core/quarantine/quarantine.ts"
import type { Edges } from "../edges.ts"
import type { Millis } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { backoff } from "../ports/kube/backoff.ts"
import { mergePatch, sendPatiently } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import type { Reflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { textOf } from "../ports/log.ts"
import { createAlarm } from "./alarm.ts"
import { poolMetrics } from "./pool-metrics.ts"

export type PoolStatusWriter = {
  /** Something may have changed, a status included; whatever comes within half a second is written once. */
  readonly changed: () => void
  /** Another controller keeps the counters from now on, and may write others. */
  readonly forget: () => void
  readonly stop: () => void
}

/** Half a second between two requests: at most 2 a second however many pools and services change. */
const interval = 500
/** Between two requests for the same pool, so that a burst that takes long costs few. */
const poolInterval = 1_000
/** Before the same is said again: it was refused, the watch has not brought it yet, or somebody says something else over and over. */
const retryWaits = { first: 5_000, most: 600_000 }

export type PoolStatusInput = {
  readonly table: PoolTable
  readonly services: () => Iterable<Service>
  /** By the name of the pool. */
  readonly quarantines: Book
}

/** What the status of a pool should say. */
type Wanted = {
  readonly pool: PoolResource
  readonly counters: PoolStatus
  readonly quarantines: readonly Quarantine[]
  readonly text: string
}

/** The last request about one pool; another uid is another pool. */
type Tried = {
  readonly uid: string
  readonly text: string
  readonly at: Millis
  /** How often in a row the same was said, or anything was refused. */
  readonly tries: number
  /** When the same may be said again, and when something else may. */
  readonly same: Millis
  readonly other: Millis
}

/**
 * Keeps counters and quarantines in the status of IPAddressPools, and the counters in the metrics. `pools` are those that are
 * resources; those of the ConfigMap have metrics only. A status that says something else, whoever wrote it, is written again; one
 * that is refused is tried less and less often, and keeps no other waiting. BOUNDED: one remembered text a pool, one request at a time.
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
  const tried = new Map<string, Tried>()
  let busy = false

  const triedOf = ({ name, uid }: PoolResource): Tried | undefined => {
    const last = tried.get(name)
    return last?.uid === uid ? last : undefined
  }

  /** Numbers above 2^53 are not read exactly: of those counts what was written last. */
  const isTold = ({ pool, counters, quarantines, text }: Wanted): boolean =>
    counts(pool, counters) &&
    listTextOf(pool.quarantined ?? []) === listTextOf(quarantines) &&
    (Object.values(counters).every(count => count <= Number.MAX_SAFE_INTEGER) || triedOf(pool)?.text === text)

  const dueAt = ({ pool, text }: Wanted): Millis => {
    const last = triedOf(pool)
    if (last === undefined) return Number.NEGATIVE_INFINITY
    return last.text === text ? last.same : last.other
  }

  const flush = async () => {
    const input = inputNow()
    if (busy || input === undefined || control.signal.aborted) return
    gauges.show(countersOf(input.table))
    for (const name of tried.keys()) if (pools.get(`${namespace}/${name}`) === undefined) tried.delete(name)
    const open = [...pools.values()].map(pool => wantedOf(pool, input)).filter(wanted => !isTold(wanted))
    const now = clock.monotonic()
    const due = open.filter(wanted => dueAt(wanted) <= now).sort(byLastTried)
    const [next] = due
    if (next === undefined) return alarm.set(open.length === 0 ? undefined : Math.min(...open.map(dueAt)))
    busy = true
    await write(next)
    busy = false
    alarm.set(clock.monotonic() + interval)
  }
  const alarm = createAlarm(clock, () => void flush())

  /** Whoever was written longest ago comes first, so that a busy one keeps no other waiting; of several the first by name. */
  const byLastTried = (a: Wanted, b: Wanted): number => {
    const [first, second] = [a, b].map(({ pool }) => triedOf(pool)?.at ?? Number.NEGATIVE_INFINITY)
    if (first === second || first === undefined || second === undefined) return a.pool.name < b.pool.name ? -1 : 1
    return first < second ? -1 : 1
  }

  const write = async (wanted: Wanted) => {
    const { pool } = wanted
    const path = paths.poolStatus(namespace, pool.name)
    const request = {
      method: "PATCH",
      path,
      contentType: mergePatch,
      body: bodyOf(wanted),
      signal: control.signal,
    } as const
    try {
      pools.learn(await sendPatiently(client, request, { clock, random }), pool.resourceVersion)
      note(wanted, "written")
    } catch (error) {
      if (control.signal.aborted || error instanceof NotLeadingError) return
      if (isStatus(error, 409)) return note(wanted, "outdated")
      // The pool went away; the watch is about to say so.
      if (!isStatus(error, 404)) log.warn("pool status not written", { pool: pool.name, error: textOf(error) })
      note(wanted, "refused")
    }
  }

  const note = ({ pool, text }: Wanted, how: "written" | "refused" | "outdated") => {
    const at = clock.monotonic()
    const { uid } = pool
    const last = triedOf(pool)
    const before = last !== undefined && at - last.at < 2 * retryWaits.most ? last.tries : 0
    const soon = at + poolInterval
    // Somebody changed the pool, and the watch is about to say how.
    if (how === "outdated") return void tried.set(pool.name, { uid, text, at, tries: before, same: soon, other: soon })
    const tries = how === "refused" || last?.text === text ? before + 1 : 1
    const again = at + backoff(retryWaits, tries, random)
    tried.set(pool.name, { uid, text, at, tries, same: again, other: how === "refused" ? again : soon })
  }

  const forget = () => {
    tried.clear()
    gauges.show([])
  }
  return {
    changed: () => alarm.set(clock.monotonic() + interval),
    forget,
    stop: () => {
      alarm.stop()
      control.abort()
    },
  }
}

const wantedOf = (pool: PoolResource, { table, services, quarantines: book }: PoolStatusInput): Wanted => {
  const entry = table.byName.get(pool.name)
  const counters = entry === undefined ? statusByRecords(pool.name, services(), table) : statusOf(countersOfPool(entry))
  const quarantines = book.get(pool.name) ?? []
  return { pool, counters, quarantines, text: `${countersText(counters)} ${listTextOf(quarantines)}` }
}

/** Integers above 2^53 must stay exact, so the JSON is written by hand. */
const countersText = (counters: PoolStatus): string =>
  Object.entries(counters)
    .map(([name, value]) => `"${name}":${value}`)
    .join(",")

const counts = ({ counted }: PoolResource, wanted: PoolStatus): boolean =>
  counted !== undefined &&
  counted.assignedIPv4 === Number(wanted.assignedIPv4) &&
  counted.assignedIPv6 === Number(wanted.assignedIPv6) &&
  counted.availableIPv4 === Number(wanted.availableIPv4) &&
  counted.availableIPv6 === Number(wanted.availableIPv6)

/** One line an entry, whether it was read or is to be written. */
const listTextOf = (list: readonly (QuarantineEntry | Quarantine)[]): string =>
  list
    .map(({ address, mac, since, until }) => {
      const text = typeof address === "string" ? address : formatAddress(address)
      return `${text} ${mac} ${timeText(since)} ${timeText(until)}`
    })
    .join("\n")

const bodyOf = ({ pool, counters, quarantines }: Wanted): string => {
  if (quarantines.length === 0 && pool.quarantined === undefined) return `{"status":{${countersText(counters)}}}`
  // The whole list, null to take it away. Whoever ends a quarantine by hand at this moment must not find it back.
  const list = quarantines.length === 0 ? "null" : JSON.stringify(quarantines.map(entryOf))
  const base = JSON.stringify({ resourceVersion: pool.resourceVersion })
  return `{"metadata":${base},"status":{${countersText(counters)},"quarantined":${list}}}`
}
