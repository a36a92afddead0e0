import { keyOf } from "../core/allocate/claim.ts"
import { type ConvergeContext, converge } from "../core/allocate/converge.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import { advance, type Ledger } from "../core/allocate/ledger.ts"
import { coolAt } from "../core/allocate/search.ts"
import { passOrder, reserve, settle } from "../core/allocate/settle.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import type { Edges } from "../edges.ts"
import type { Millis } from "../ports/clock.ts"
import { isPassing, isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import type { Reflector } from "../ports/kube/reflector.ts"
import { createWorkQueue, type WorkResult } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"
import { createAlarm } from "./alarm.ts"
import type { ControllerMetrics } from "./controller-metrics.ts"
import type { ServiceConditions } from "./service-conditions.ts"
import type { ServiceEvents } from "./service-events.ts"
import { statusWrite } from "./service-writer.ts"

export type Assigner = {
  /** The services are to be looked at, in the order of a full pass whatever the order of the list. */
  readonly enqueue: (services: Iterable<Service>) => void
  /** Somebody gave something up: whoever would take more than it has is looked at, together with these. */
  readonly retryWanting: (besides?: readonly Service[]) => void
  readonly forget: (service: ObjectKey) => void
  readonly forgetAll: () => void
  readonly waiting: () => number
  readonly depth: () => number
  readonly stop: () => void
}

export type AssignerWorld = {
  readonly services: Reflector<Service>
  /** undefined while this controller decides nothing. */
  readonly ledger: () => Ledger | undefined
  readonly context: () => Omit<ConvergeContext, "ledger">
  /** Milliseconds for which it may still begin writes. */
  readonly remaining: () => Millis
  readonly meters: ControllerMetrics
  readonly events: ServiceEvents
  readonly conditions: ServiceConditions
  /** A service was written, and the ledger says so; what it gave up is not given to anybody yet. */
  readonly onWritten: (service: ObjectKey) => void
}

/** Writes under way at the same time. The API server's own limits come first: it answers 429, and that is waited out. */
const concurrency = 16

/** Looks at one service after the other and writes what it should have. BOUNDED by the services. */
export const createAssigner = (edges: Edges, world: AssignerWorld): Assigner => {
  const { client, clock, random } = edges
  const { services, meters, events, conditions } = world
  const log = edges.log.from("controller")
  /** Services that would take more than they have if an address came free. */
  const wanting = new Set<ObjectKey>()
  /** The last write failed because the API server is away or overloaded. */
  let failing = false

  const ask = (key: ObjectKey) => {
    meters.asked(key)
    queue.add(key)
  }
  const enqueue = (list: Iterable<Service>) => {
    for (const service of passOrder([...list])) ask(keyOf(service))
  }
  const retryWanting = (besides: readonly Service[] = []) =>
    enqueue([...[...wanting].flatMap(key => services.get(key) ?? []), ...besides])

  /** Whoever waits is looked at again when the next address has cooled. */
  const cooled = createAlarm(clock, () => {
    if (world.ledger() !== undefined) retryWanting()
  })

  /** What the service should have now, undefined where nothing is to be written; what there is to tell is told. */
  const look = (service: Service, ledger: Ledger): Convergence | undefined => {
    advance(ledger, clock.monotonic())
    const wanted = converge(service, { ...world.context(), ledger })
    meters.judged(wanted)
    const content = wanted.action === "ignore" || (wanted.outcome.ok && wanted.events.length === 0)
    if (content) wanting.delete(wanted.service)
    else {
      wanting.add(wanted.service)
      cooled.set(coolAt(ledger))
    }
    if (wanted.write) return wanted
    conditions.settle(service, wanted)
    events.tell(service, events.settle(service, wanted.events))
    return undefined
  }

  const work = async (key: string): Promise<WorkResult> => {
    const result = await workOn(key)
    if (result === "done") meters.done(key)
    return result
  }

  const workOn = async (key: string): Promise<WorkResult> => {
    const service = services.get(key)
    const ledger = world.ledger()
    // Whoever gains or regains the right to write looks at everything.
    if (service === undefined || ledger === undefined || world.remaining() <= 0) return "done"
    meters.looked()
    const wanted = look(service, ledger)
    if (wanted === undefined) return "done"
    if (!(await carryOut(service, wanted, ledger))) return { again: true }
    if (world.ledger() !== ledger) return "done"
    // The second look finds what is still to be wished for. If it wanted to write again, that would be a quarrel: go slowly.
    const after = services.get(key)
    if (after !== undefined) return look(after, ledger) === undefined ? "done" : { again: true }
    wanting.delete(key)
    return "done"
  }

  /** An address is taken in the ledger before it is written, and given back only after its loss was written. */
  const carryOut = async (service: Service, wanted: Convergence, ledger: Ledger): Promise<boolean> => {
    const { service: key, action, ingress, pool } = wanted
    reserve(ledger, service, wanted)
    try {
      const answer = await sendPatiently(client, statusWrite(service, wanted), { clock, random })
      services.learn(answer, service.resourceVersion)
    } catch (error) {
      if (isStatus(error, 404)) return true
      events.owe(service, wanted.events)
      if (error instanceof NotLeadingError) return false
      // 409: somebody changed the service; the watch brings what it is now, and that is judged anew.
      if (isStatus(error, 409)) return false
      meters.failed()
      // An outage fails every service alike and is told once.
      if (!failing || !isPassing(error)) log.error("service status not written", { service: key, error: textOf(error) })
      failing = isPassing(error)
      return false
    }
    failing = false
    advance(ledger, clock.monotonic())
    const gained = settle(ledger, service, wanted)
    world.onWritten(key)
    if (gained) retryWanting()
    meters.written(wanted)
    log.info("service updated", { service: key, action, ips: ingress, pool })
    events.tellWritten(service, events.settle(service, wanted.events))
    return true
  }

  const onBug = (bug: unknown) => {
    throw bug
  }
  const queue = createWorkQueue({ clock, random, concurrency, work, onBug })
  return {
    enqueue,
    retryWanting,
    forget: key => void wanting.delete(key),
    forgetAll: () => wanting.clear(),
    waiting: queue.waiting,
    depth: queue.depth,
    stop: () => {
      queue.stop()
      cooled.stop()
    },
  }
}
