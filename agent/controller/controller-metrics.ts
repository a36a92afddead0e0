import type { Convergence } from "../core/allocate/convergence.ts"
import type { ObjectKey } from "../core/model.ts"
import type { ReasonCode } from "../core/reasons.ts"
import type { Clock, Millis } from "../ports/clock.ts"
import type { Metrics } from "../ports/metrics.ts"

export type ControllerMetrics = {
  readonly looked: () => void
  readonly failed: () => void
  readonly eventDropped: () => void
  /** The service is to be looked at; the time until `done` is its latency, if anything was written. */
  readonly asked: (service: ObjectKey) => void
  readonly done: (service: ObjectKey) => void
  /** What a look said: whether the service waits for an address, and why. */
  readonly judged: (convergence: Convergence) => void
  /** It was written. */
  readonly written: (convergence: Convergence) => void
  readonly forget: (service: ObjectKey) => void
  /** Another controller tells from now on. */
  readonly forgetAll: () => void
}

/** Seconds; an address takes some 10 ms on an idle cluster and some 10 s where writes are tried again. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** BOUNDED by the services: a time, a mark and a reason each. */
export const controllerMetrics = (metrics: Metrics, clock: Clock): ControllerMetrics => {
  const looked = metrics.counter("metallb_k8s_client_updates_total", "Services that were looked at.")
  const failed = metrics.counter("metallb_k8s_client_update_errors_total", "Service updates that could not be written.")
  const dropped = metrics.counter("metallb_events_dropped_total", "Events that were not written.")
  const duplicates = metrics.counter(
    "metallb_controller_duplicate_addresses_total",
    "Services that were given another address because one that was given it before had theirs too.",
  )
  const pending = metrics.gauge(
    "metallb_controller_services_pending",
    "Services that wait for an address, by reason code; kubectl metallb explain CODE says what to do.",
  )
  const latency = metrics.histogram(
    "metallb_controller_reconcile_seconds",
    "From the news about a service until what follows from it was written; looks that write nothing do not count.",
    buckets,
  )
  looked.add({}, 0)
  failed.add({}, 0)
  dropped.add({}, 0)
  duplicates.add({}, 0)
  const since = new Map<ObjectKey, Millis>()
  const wrote = new Set<ObjectKey>()
  const reasons = new Map<ObjectKey, ReasonCode>()
  const counts = new Map<ReasonCode, number>()

  const count = (reason: ReasonCode, by: number) => {
    const now = (counts.get(reason) ?? 0) + by
    counts.set(reason, now)
    // Zero is kept: an alert that looks at a series must see it fall.
    pending.set(now, { reason })
  }
  const waits = (service: ObjectKey, reason: ReasonCode | undefined) => {
    const before = reasons.get(service)
    if (before === reason) return
    if (before !== undefined) count(before, -1)
    if (reason === undefined) reasons.delete(service)
    else {
      reasons.set(service, reason)
      count(reason, 1)
    }
  }
  const forget = (service: ObjectKey) => {
    since.delete(service)
    wrote.delete(service)
    waits(service, undefined)
  }
  return {
    looked: () => looked.add(),
    failed: () => failed.add(),
    eventDropped: () => dropped.add(),
    asked: service => {
      if (!since.has(service)) since.set(service, clock.monotonic())
    },
    done: service => {
      const began = since.get(service)
      since.delete(service)
      if (wrote.delete(service) && began !== undefined) latency.observe((clock.monotonic() - began) / 1000)
    },
    judged: ({ service, action, addresses, outcome }) =>
      waits(service, action !== "ignore" && addresses.length === 0 && !outcome.ok ? outcome.reason : undefined),
    written: ({ service, events }) => {
      wrote.add(service)
      if (events.some(({ code }) => code === "ML126")) duplicates.add()
    },
    forget,
    forgetAll: () => {
      for (const service of [...reasons.keys(), ...since.keys()]) forget(service)
      for (const reason of counts.keys()) pending.remove({ reason })
      counts.clear()
    },
  }
}
