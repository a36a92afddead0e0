import type { Ledger } from "../core/allocate/ledger.ts"
import type { Withheld } from "../core/allocate/withheld.ts"
import { formatAddress } from "../core/ip/format.ts"
import type { ObjectKey, ReservationResource } from "../core/model.ts"
import type { ReasonCode } from "../core/reasons.ts"
import {
  type Keeping,
  keepingAsRead,
  keepingNow,
  keptBy,
  nextExpiry,
  statusOf,
  ttlOf,
} from "../core/reservation/keeping.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Edges } from "../edges.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { mergePatch, sendPatiently } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { reservations as allReservations } from "../ports/kube/sources.ts"
import { createWorkQueue } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"
import { createAlarm } from "./alarm.ts"

/** The addresses that are kept for a service by its name. */
export type ReservationKeeper = {
  readonly withheld: () => readonly Withheld[]
  /** These services changed, or (without) everything may have: looks at what is kept. */
  readonly look: (services?: Iterable<ObjectKey>) => void
  /** Names of the collections that were not read yet. */
  readonly missing: () => readonly string[]
  /** Another controller decides from now on. */
  readonly forget: () => void
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

export type ReservationEvents = {
  /** Other addresses than before are kept, or everything was read. */
  readonly onChange: () => void
  readonly onEvent: (
    reservation: ReservationResource,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ) => void
}

/**
 * Follows the AddressReservations and keeps their statuses, see core/reservation. `ledgerNow` is undefined while this controller decides
 * nothing. Where the kind is not installed or may not be read, nothing is kept. BOUNDED: one value a reservation.
 */
export const keepReservations = (
  edges: Edges,
  namespace: string,
  ledgerNow: () => Ledger | undefined,
  { onChange, onEvent }: ReservationEvents,
): ReservationKeeper => {
  const { client, clock, random, metrics } = edges
  const log = edges.log.from("controller/reservations")
  const gauge = metrics.gauge(
    "metallb_allocator_addresses_reserved",
    "Addresses that no service has, and that are kept for one that had them.",
  )
  const kept = new Map<string, Keeping>()
  /** Those whose ttl was complained about, as written. BOUNDED: one text a reservation. */
  const complained = new Map<string, string>()
  let services: ReadonlySet<ObjectKey> = new Set()
  let print = ""

  const lookAtAll = () => {
    const ledger = ledgerNow()
    if (ledger === undefined) return onChange()
    const now = clock.wall()
    services = new Set([...reflector.values()].map(({ service }) => service))
    const names = new Set<string>()
    for (const resource of reflector.values()) {
      if (resource.namespace !== namespace) continue
      names.add(resource.name)
      const known = kept.get(resource.name)
      const before = known?.service === resource.service ? known : keepingAsRead(resource)
      const keeping = keepingNow(resource, before, ledger, now)
      kept.set(resource.name, keeping)
      complain(resource)
      if (before.addresses.length > 0 && keeping.addresses.length === 0 && before.awaySince !== undefined)
        tell(resource, "Normal", "AddressReleased", "ML152", {
          addresses: before.addresses.map(formatAddress),
          service: resource.service,
          ttl: resource.ttl ?? "",
        })
      if (differs(resource, keeping)) writes.add(resource.name)
    }
    for (const name of kept.keys()) if (!names.has(name)) kept.delete(name)
    for (const name of complained.keys()) if (!names.has(name)) complained.delete(name)
    const away = [...kept.values()].filter(({ awaySince }) => awaySince !== undefined)
    gauge.set(new Set(away.flatMap(({ addresses }) => addresses.map(formatAddress))).size)
    const next = nextExpiry(kept.values())
    if (next !== undefined) alarm.set(clock.monotonic() + Math.max(0, next - now))
    const said = keptBy(kept.values())
      .map(({ facts }) => `${facts["address"]} ${facts["keptFor"]} ${facts["until"]}`)
      .join("\n")
    if (said === print) return
    print = said
    onChange()
  }

  const complain = (resource: ReservationResource) => {
    const { name, ttl = "" } = resource
    if (ttlOf(resource) !== undefined) complained.delete(name)
    else if (complained.get(name) !== ttl) {
      complained.set(name, ttl)
      const value = JSON.stringify(ttl)
      tell(resource, "Warning", "ConfigurationProblem", "ML153", { value })
    }
  }

  const tell = (
    resource: ReservationResource,
    type: "Normal" | "Warning",
    reason: string,
    code: ReasonCode,
    facts: Readonly<Record<string, string | readonly string[]>>,
  ) => {
    const message = `${phraseOf(code, facts)} [${code}]`
    log.info("reservation", { reservation: resource.name, message })
    onEvent(resource, type, reason, message)
  }

  const write = async (name: string, keeping: Keeping) => {
    const base = reflector.get(`${namespace}/${name}`)?.resourceVersion ?? ""
    const path = paths.reservationStatus(namespace, name)
    const body = JSON.stringify({ status: statusOf(keeping) })
    const request = { method: "PATCH", path, contentType: mergePatch, body } as const
    reflector.learn(await sendPatiently(client, request, { clock, random }), base)
  }

  const writes = createWorkQueue({
    clock,
    random,
    concurrency: 4,
    work: async name => {
      const keeping = kept.get(name)
      const resource = reflector.get(`${namespace}/${name}`)
      if (keeping === undefined || resource === undefined || !differs(resource, keeping)) return "done"
      try {
        await write(name, keeping)
        return "done"
      } catch (error) {
        // Who leads now writes it as well.
        if (isStatus(error, 404) || error instanceof NotLeadingError) return "done"
        log.warn("reservation not written", { reservation: name, error: textOf(error) })
        return { again: true }
      }
    },
    onBug: bug => {
      throw bug
    },
  })

  const alarm = createAlarm(clock, lookAtAll)
  const reflector = createReflector(allReservations(namespace), edges, lookAtAll, onChange)

  return {
    withheld: () => keptBy(kept.values()),
    look: keys => {
      if (keys === undefined) return lookAtAll()
      for (const key of keys) if (services.has(key)) return lookAtAll()
    },
    missing: () => {
      const { synced, denied } = reflector.state()
      return synced || denied ? [] : ["AddressReservations"]
    },
    forget: () => {
      kept.clear()
      complained.clear()
      print = ""
      gauge.remove({})
    },
    run: reflector.run,
    stop: () => {
      alarm.stop()
      writes.stop()
    },
  }
}

/** Whether the status says something else than what is kept. */
const differs = ({ kept, awaySince }: ReservationResource, { addresses, awaySince: since }: Keeping): boolean =>
  kept.join() !== addresses.map(formatAddress).join() || awaySince !== (since ?? 0)
