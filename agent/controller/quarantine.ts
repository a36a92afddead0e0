import type { Ledger } from "../core/allocate/ledger.ts"
import type { Withheld } from "../core/allocate/withheld.ts"
import { formatAddress } from "../core/ip/format.ts"
import type { ObjectKey, PoolResource } from "../core/model.ts"
import { type Book, bookOf, type Pending, stillPending } from "../core/quarantine/book.ts"
import { decide, nextEnd, withheldBy } from "../core/quarantine/decide.ts"
import { isOver, type Quarantine, stationText, timeText } from "../core/quarantine/quarantine.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Edges } from "../edges.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently } from "../ports/kube/client.ts"
import { createReflector, type Reflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { conflictReports } from "../ports/kube/sources.ts"
import { createWorkQueue } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"
import { createAlarm } from "./alarm.ts"

/** The addresses that another machine answers for. */
export type QuarantineKeeper = {
  /** What is given on request alone because of it. */
  readonly withheld: () => readonly Withheld[]
  /** What the statuses of the pools should say. */
  readonly book: () => Book
  /** Services changed: looks at the reports again, where there are any. */
  readonly look: () => void
  /** Pools or their statuses changed, or this controller begins to decide. */
  readonly poolsChanged: () => void
  /** Another controller decides from now on. */
  readonly forget: () => void
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

export type QuarantineEvents = {
  /** Other addresses than before; `services` have one that another machine answers for. */
  readonly onChange: (services: readonly ObjectKey[]) => void
  readonly onQuarantine: (pool: string, message: string) => void
}

/**
 * Follows the reports of the speakers and keeps the quarantines that come of them, see core/quarantine. `ledgerNow` is undefined while
 * this controller decides nothing. BOUNDED: the reports, and what is pending.
 */
export const keepQuarantine = (
  edges: Edges,
  namespace: string,
  pools: Reflector<PoolResource>,
  ledgerNow: () => Ledger | undefined,
  { onChange, onQuarantine }: QuarantineEvents,
): QuarantineKeeper => {
  const { client, clock, random, metrics } = edges
  const log = edges.log.from("controller/quarantine")
  const gauge = metrics.gauge(
    "metallb_allocator_addresses_quarantined",
    "Addresses of a pool that no service is given, because another machine answers for them.",
  )
  let pending: Pending = new Map()
  let contested: readonly Withheld[] = []
  let print = ""
  let shown = new Set<string>()

  const book = () => bookOf(pools.values(), pending, clock.wall())
  const withheld = () => [...withheldBy(book(), clock.wall()), ...contested]

  const lookAtAll = () => {
    const ledger = ledgerNow()
    if (ledger === undefined) return
    const now = clock.wall()
    pending = stillPending(pools.values(), pending, now)
    const before = new Set(contested.map(({ address }) => formatAddress(address)))
    const decision = decide(reports.values(), before, ledger, book(), now)
    pending = new Map([...pending, ...decision.pending])
    for (const [text, { pool, quarantine }] of decision.pending) tell(text, pool, quarantine)
    contested = decision.contested
    for (const name of decision.stale) removals.add(name)
    show(now)
    const end = nextEnd(book(), now)
    if (end !== undefined) alarm.set(clock.monotonic() + Math.max(0, end - now))
    const next = withheld()
      .map(({ address, reason, facts }) => `${formatAddress(address)} ${reason} ${facts["mac"]} ${facts["until"]}`)
      .join("\n")
    if (next === print) return
    print = next
    onChange(decision.holders)
  }

  const tell = (address: string, pool: string, quarantine: Quarantine | undefined) => {
    if (quarantine === undefined) return log.info("quarantine over, nobody answers any more", { address, pool })
    const { mac, until } = quarantine
    const message = `${phraseOf("ML170", { address, mac: stationText(mac), until: timeText(until) })} [ML170]`
    log.warn("address quarantined", { address, pool, mac, until: timeText(until), reason: "ML170" })
    onQuarantine(pool, message)
  }

  const show = (now: number) => {
    const counts = new Map([...book()].map(([pool, list]) => [pool, list.filter(one => !isOver(one, now)).length]))
    for (const pool of shown) if (!counts.has(pool)) gauge.remove({ pool })
    for (const [pool, count] of counts) gauge.set(count, { pool })
    shown = new Set(counts.keys())
  }

  const alarm = createAlarm(clock, lookAtAll)
  const reports = createReflector(conflictReports(namespace), edges, lookAtAll)

  /** Reports about addresses that nobody has any more: whoever made them may be gone. */
  const removals = createWorkQueue({
    clock,
    random,
    concurrency: 1,
    work: async name => {
      if (ledgerNow() === undefined || reports.get(`${namespace}/${name}`) === undefined) return "done"
      try {
        await sendPatiently(
          client,
          { method: "DELETE", path: paths.serviceL2Status(namespace, name) },
          { clock, random },
        )
        return "done"
      } catch (error) {
        if (isStatus(error, 404)) return "done"
        log.warn("report of a conflict not removed", { name, error: textOf(error) })
        return { again: true }
      }
    },
    onBug: bug => {
      throw bug
    },
  })

  return {
    withheld,
    book,
    poolsChanged: lookAtAll,
    look: () => {
      if (reports.size() > 0 || contested.length > 0) lookAtAll()
    },
    forget: () => {
      pending = new Map()
      contested = []
      print = ""
      for (const pool of shown) gauge.remove({ pool })
      shown = new Set()
    },
    run: reports.run,
    stop: () => {
      alarm.stop()
      removals.stop()
    },
  }
}
