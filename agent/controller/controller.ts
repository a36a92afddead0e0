import { followConfiguration } from "../configuration.ts"
import { createConfigurationState, ownPod } from "../configuration-state.ts"
import { keyOf } from "../core/allocate/claim.ts"
import { converge } from "../core/allocate/converge.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import { poolDoubtOf } from "../core/allocate/doubt.ts"
import { advance, forget, type Ledger, ledgerFrom, observe, reconfigure, withhold } from "../core/allocate/ledger.ts"
import { coolAt } from "../core/allocate/search.ts"
import { passOrder, reserve, settle } from "../core/allocate/settle.ts"
import { problemText } from "../core/config/problem.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import type { Edges, Running } from "../edges.ts"
import type { Leadership } from "../leadership.ts"
import { configReference } from "../object-reference.ts"
import { pause } from "../ports/clock.ts"
import { isPassing, isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently } from "../ports/kube/client.ts"
import { createRecorder } from "../ports/kube/events.ts"
import { leaderClient, NotLeadingError } from "../ports/kube/leader-client.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { controlledServices } from "../ports/kube/sources.ts"
import { createWorkQueue, type WorkResult } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"
import { createAlarm } from "./alarm.ts"
import { controllerMetrics } from "./controller-metrics.ts"
import { allocatedServices } from "./pool-metrics.ts"
import { createPoolStatusWriter } from "./pool-status.ts"
import { keepQuarantine } from "./quarantine.ts"
import { keepReservations } from "./reservations.ts"
import { keepServiceConditions } from "./service-conditions.ts"
import { createServiceEvents } from "./service-events.ts"
import { statusWrite } from "./service-writer.ts"
import { followWithholding } from "./withholding.ts"

export type ControllerOptions = {
  readonly namespace: string
  readonly podName: string
  readonly lbClass: string
  readonly leadership: Leadership
  /** undefined where the program runs by hand. */
  readonly podUid?: string | undefined
}

/** Writes under way at the same time. The API server's own limits come first: it answers 429, and that is waited out. */
const concurrency = 16
/** Everything is looked at again this often, in case a change was misread: it costs no request where all is well. */
const resyncEvery = 10 * 60_000
/** Between the renewal deadline and the end of a Lease lie 5 s; a write that began may use this much of them. */
const writeGrace = 4_000
/** How long a stop waits for writes that are under way before the Lease is left to run out. */
const stopPatience = 800

/**
 * The controller: services and configuration -> ledger -> what each service should have -> one write each.
 *
 *     watch --> observe --> queue --> converge --> settle, PATCH services/status --> learn --> events
 *
 * Nothing is given or taken before services, nodes, pools, advertisements, namespaces and the ConfigMap were each read in full, and
 * nothing is written by a controller that does not lead: it follows the cluster, so that it could.
 */
export const startController = (world: Edges, options: ControllerOptions): Running => {
  const { namespace, podName, lbClass, leadership } = options
  const client = leaderClient(world.client, leadership.remaining, writeGrace)
  const edges: Edges = { ...world, client }
  const { clock, random, metrics } = edges
  const log = edges.log.from("controller")
  const control = new AbortController()
  const meters = controllerMetrics(metrics, clock)
  const recorder = createRecorder({
    ...world,
    component: "metallb-controller",
    instance: podName,
    onDropped: meters.eventDropped,
    busy: () => queue.waiting() > 0,
  })
  const events = createServiceEvents(recorder)

  /** undefined until every input was read: unknown, not empty; and while another controller leads. */
  let ledger: Ledger | undefined
  /** Leads, and what was read is not older than the leadership. */
  let acting = false
  /** Services that would take more than they have if an address came free. Bounded by the services. */
  const wanting = new Set<ObjectKey>()
  /** The last write failed because the API server is away or overloaded. */
  let failing = false

  const begin = () => {
    const verdict = configuration.verdict()
    const read = services.state().synced && [...withholding.missing(), ...reservations.missing()].length === 0
    if (!acting || ledger !== undefined || verdict === undefined || !read) return
    ledger = ledgerFrom([...services.values()], verdict.config, lbClass)
    reservations.look()
    holdBack(ledger)
    log.info("all inputs read", { services: services.size() })
    quarantine.poolsChanged()
    enqueue(services.values())
  }

  const services = createReflector(controlledServices, edges, keys => {
    if (ledger === undefined) return begin()
    let gained = false
    advance(ledger, clock.monotonic())
    for (const key of keys) {
      const service = services.get(key)
      if (service === undefined) {
        events.forget(key)
        meters.forget(key)
        wanting.delete(key)
        gained = forget(ledger, key) || gained
      } else {
        gained = observe(ledger, service, lbClass) || gained
        ask(key)
      }
    }
    reservations.look(keys)
    if (gained) retryWanting()
    quarantine.look()
    poolStatus.changed()
  })

  /** Takes the addresses that are given on request alone out of what is given to anybody. */
  const holdBack = (book: Ledger) => {
    if (withhold(book, [...reservations.withheld(), ...withholding.withheld(), ...quarantine.withheld()]))
      retryWanting()
    poolStatus.changed()
  }

  const withholding = followWithholding(edges, {
    onChange: () => (ledger === undefined ? begin() : holdBack(ledger)),
    onNodes: () => configuration.nodesChanged(),
  })

  const configuration = followConfiguration(
    edges,
    { namespace, nodes: withholding.nodes, onPools: () => quarantine.poolsChanged() },
    {
      onChange: (verdict, findings) => {
        state.tell(findings)
        if (ledger === undefined) return begin()
        reconfigure(ledger, verdict.config)
        enqueue(services.values())
      },
      onProblem: problem => {
        const about = configReference(problem.object, namespace, configuration.uidOf(problem.object))
        const message = `${problemText(problem)} [${problem.reason}]`
        if (about !== undefined && acting)
          recorder.record({ about, type: "Warning", reason: "ConfigurationProblem", message })
      },
    },
  )

  const quarantine = keepQuarantine(edges, namespace, configuration.pools, () => ledger, {
    onChange: keys => {
      if (ledger !== undefined) holdBack(ledger)
      for (const key of keys) ask(key)
    },
    onQuarantine: (pool, message) => {
      const about = configReference(`ipaddresspool/${pool}`, namespace, configuration.uidOf(`ipaddresspool/${pool}`))
      if (about !== undefined) recorder.record({ about, type: "Warning", reason: "AddressQuarantined", message })
    },
  })

  const reservations = keepReservations(edges, namespace, () => ledger, {
    onChange: () => (ledger === undefined ? begin() : holdBack(ledger)),
    onEvent: ({ name, uid }, type, reason, message) => {
      const about = configReference(`addressreservation/${name}`, namespace, uid)
      if (about !== undefined) recorder.record({ about, type, reason, message })
    },
  })

  const state = createConfigurationState(edges, {
    namespace,
    component: { kind: "controller" },
    pod: ownPod(podName, options.podUid),
    acting: () => acting,
  })

  const enqueue = (list: Iterable<Service>) => {
    for (const service of passOrder([...list])) ask(keyOf(service))
    poolStatus.changed()
  }
  const ask = (key: ObjectKey) => {
    meters.asked(key)
    queue.add(key)
  }
  const retryWanting = () => enqueue([...wanting].flatMap(key => services.get(key) ?? []))

  /** Whoever waits is looked at again when the next address has cooled. */
  const cooled = createAlarm(clock, () => {
    if (ledger !== undefined) retryWanting()
  })

  /** What the service should have now, undefined where nothing is to be written; what there is to tell is told. */
  const look = (service: Service, book: Ledger): Convergence | undefined => {
    const verdict = configuration.verdict()
    const doubt = verdict === undefined ? undefined : poolDoubtOf(verdict)
    const context = { ledger: book, loadBalancerClass: lbClass, ready: verdict !== undefined, doubt }
    advance(book, clock.monotonic())
    const wanted = converge(service, context)
    meters.judged(wanted)
    const content = wanted.action === "ignore" || (wanted.outcome.ok && wanted.events.length === 0)
    if (content) wanting.delete(wanted.service)
    else {
      wanting.add(wanted.service)
      cooled.set(coolAt(book))
    }
    if (wanted.write) return wanted
    conditions.settle(service, wanted)
    events.tell(service, events.settle(service, wanted.events))
    return undefined
  }

  const conditions = keepServiceConditions(edges, services)

  const work = async (key: string): Promise<WorkResult> => {
    const result = await workOn(key)
    if (result === "done") meters.done(key)
    return result
  }

  const workOn = async (key: string): Promise<WorkResult> => {
    const service = services.get(key)
    const book = ledger
    // Whoever gains or regains the right to write looks at everything.
    if (service === undefined || book === undefined || leadership.remaining() <= 0) return "done"
    meters.looked()
    const wanted = look(service, book)
    if (wanted === undefined) return "done"
    if (!(await carryOut(service, wanted, book))) return { again: true }
    if (ledger !== book) return "done"
    // The second look finds what is still to be wished for. If it wanted to write again, that would be a quarrel: go slowly.
    const after = services.get(key)
    if (after !== undefined) return look(after, book) === undefined ? "done" : { again: true }
    wanting.delete(key)
    return "done"
  }

  /** An address is taken in the ledger before it is written, and given back only after its loss was written. */
  const carryOut = async (service: Service, wanted: Convergence, book: Ledger): Promise<boolean> => {
    const { service: key, action, ingress, pool } = wanted
    reserve(book, service, wanted)
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
    advance(book, clock.monotonic())
    const gained = settle(book, service, wanted)
    reservations.look([key])
    if (gained) retryWanting()
    quarantine.look()
    meters.written(wanted)
    log.info("service updated", { service: key, action, ips: ingress, pool })
    events.tell(service, events.settle(service, wanted.events))
    poolStatus.changed()
    return true
  }

  const onBug = (bug: unknown) => {
    throw bug
  }
  const queue = createWorkQueue({ clock, random, concurrency, work, onBug })
  metrics.watch("metallb_controller_queue_depth", "Services that wait to be looked at or written.", queue.depth)
  allocatedServices(metrics, () => (ledger === undefined ? [] : services.values()))
  const poolStatus = createPoolStatusWriter(edges, namespace, configuration.pools, () =>
    ledger === undefined || leadership.remaining() <= 0
      ? undefined
      : { table: ledger.table, quarantines: quarantine.book() },
  )
  const resync = async () => {
    while (!control.signal.aborted) {
      await pause(clock, resyncEvery, control.signal)
      if (ledger !== undefined) enqueue(services.values())
    }
  }
  let started = false
  /** Reads what another leader wrote last, where that may not have arrived yet, and begins. */
  const lead = async (after: "nobody" | "itself" | "other") => {
    term++
    const mine = term
    if (started && after === "other") await services.refresh()
    if (mine !== term) return
    acting = true
    state.check()
    begin()
  }
  /** Counts the changes of leadership, so that a start that took long does not outlive its own. */
  let term = 0
  leadership.start({
    lead: after => void lead(after),
    suspend: () => undefined,
    resume: () => {
      state.check()
      enqueue(services.values())
    },
    follow: () => {
      term++
      acting = false
      ledger = undefined
      wanting.clear()
      for (const service of services.values()) events.forget(keyOf(service))
      meters.forgetAll()
      quarantine.forget()
      reservations.forget()
      poolStatus.forget()
    },
  })
  const follow = async () => {
    // A leader reads after it leads; a standby learns soon that it is one.
    await leadership.firstLook()
    started = true
    await Promise.all([
      services.run(control.signal),
      withholding.run(control.signal),
      quarantine.run(control.signal),
      reservations.run(control.signal),
      configuration.run(control.signal),
      state.run(control.signal),
      resync(),
    ])
  }
  const following = follow()

  return {
    missing: () => {
      const unread = [
        ...(services.state().synced ? [] : ["services"]),
        ...withholding.missing(),
        ...reservations.missing(),
        ...configuration.missing(),
      ]
      return [...unread.map(what => `${what} not read yet`), ...leadership.missing()]
    },
    stop: async () => {
      queue.stop()
      cooled.stop()
      quarantine.stop()
      reservations.stop()
      conditions.stop()
      state.stop()
      poolStatus.stop()
      const patience = new AbortController()
      const idle = client.idle().then(() => true)
      const late = pause(clock, stopPatience, patience.signal).then(() => false)
      if (await Promise.race([idle, late])) await leadership.release()
      patience.abort()
      recorder.stop()
      control.abort()
      await following
    },
  }
}
