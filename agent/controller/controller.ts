import { followConfiguration } from "../configuration.ts"
import { createConfigurationState, ownPod } from "../configuration-state.ts"
import { keyOf } from "../core/allocate/claim.ts"
import { allocationPrint, poolDoubtOf } from "../core/allocate/doubt.ts"
import { advance, forget, type Ledger, ledgerFrom, observe, reconfigure, withhold } from "../core/allocate/ledger.ts"
import type { Service } from "../core/model.ts"
import type { Edges, Running } from "../edges.ts"
import type { Leadership } from "../leadership.ts"
import { pause } from "../ports/clock.ts"
import { createRecorder } from "../ports/kube/events.ts"
import { leaderClient } from "../ports/kube/leader-client.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { controlledServices } from "../ports/kube/sources.ts"
import { createAssigner } from "./assigner.ts"
import { controllerMetrics } from "./controller-metrics.ts"
import { keepObjectConditions } from "./object-conditions.ts"
import { createObjectEvents } from "./object-events.ts"
import { allocatedServices } from "./pool-metrics.ts"
import { createPoolStatusWriter } from "./pool-status.ts"
import { keepQuarantine } from "./quarantine.ts"
import { keepReservations } from "./reservations.ts"
import { keepServiceConditions } from "./service-conditions.ts"
import { createServiceEvents } from "./service-events.ts"
import { followWithholding } from "./withholding.ts"

export type ControllerOptions = {
  readonly namespace: string
  readonly podName: string
  readonly lbClass: string
  readonly leadership: Leadership
  /** undefined where the program runs by hand. */
  readonly podUid?: string | undefined
}

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
  /** Events pass the same gate, and keep no stop waiting. */
  const telling = leaderClient(world.client, leadership.remaining, writeGrace)
  const edges: Edges = { ...world, client }
  const { clock, metrics } = edges
  const log = edges.log.from("controller")
  const control = new AbortController()
  const meters = controllerMetrics(metrics, clock)
  const recorder = createRecorder({
    ...world,
    client: telling,
    component: "metallb-controller",
    instance: podName,
    onDropped: meters.eventDropped,
    busy: () => assigner.waiting() > 0,
  })
  const events = createServiceEvents(recorder)
  const objectEvents = createObjectEvents(recorder, namespace, object => configuration.uidOf(object))

  /** undefined until every input was read: unknown, not empty; and while another controller leads. */
  let ledger: Ledger | undefined
  /** Leads, and what was read is not older than the leadership. */
  let acting = false

  /** Of the configuration that the ledger was made of. */
  let print = ""

  const begin = () => {
    const verdict = configuration.verdict()
    const read = services.state().synced && [...withholding.missing(), ...reservations.missing()].length === 0
    if (!acting || ledger !== undefined || verdict === undefined || !read) return
    ledger = ledgerFrom([...services.values()], verdict.config, lbClass)
    print = allocationPrint(verdict)
    reservations.look()
    holdBack(ledger)
    log.info("all inputs read", { services: services.size() })
    quarantine.poolsChanged()
    enqueue(services.values())
  }

  const services = createReflector(controlledServices, edges, keys => {
    if (ledger === undefined) return begin()
    let gained = false
    const changed: Service[] = []
    advance(ledger, clock.monotonic())
    for (const key of keys) {
      const service = services.get(key)
      if (service === undefined) {
        events.forget(key)
        meters.forget(key)
        assigner.forget(key)
        gained = forget(ledger, key) || gained
      } else {
        gained = observe(ledger, service, lbClass) || gained
        changed.push(service)
      }
    }
    reservations.look(keys)
    // All of it is known before anybody is given anything, so that the order within what arrived together decides nothing.
    if (gained) assigner.retryWanting(changed)
    else assigner.enqueue(changed)
    quarantine.look()
    poolStatus.changed()
  })

  /** Takes the addresses that are given on request alone out of what is given to anybody. */
  const holdBack = (book: Ledger) => {
    if (withhold(book, [...reservations.withheld(), ...withholding.withheld(), ...quarantine.withheld()]))
      assigner.retryWanting()
    poolStatus.changed()
  }

  const withholding = followWithholding(edges, {
    onChange: () => (ledger === undefined ? begin() : holdBack(ledger)),
    onNodes: () => configuration.nodesChanged(),
  })

  const onPools = () => {
    quarantine.poolsChanged()
    poolStatus.changed()
  }

  const configuration = followConfiguration(
    edges,
    { namespace, nodes: withholding.nodes, onPools },
    {
      onJudged: ({ problems }) => objectConditions.tell(problems),
      onChange: (verdict, findings) => {
        state.tell(findings)
        if (ledger === undefined) return begin()
        const next = allocationPrint(verdict)
        if (next === print) return
        print = next
        reconfigure(ledger, verdict.config)
        enqueue(services.values())
      },
      onProblem: problem => {
        if (acting) objectEvents.tellProblem(problem)
      },
    },
  )

  const quarantine = keepQuarantine(edges, namespace, configuration.pools, () => ledger, {
    onChange: keys => {
      if (ledger !== undefined) holdBack(ledger)
      assigner.enqueue(keys.flatMap(key => services.get(key) ?? []))
    },
    onQuarantine: (pool, message) =>
      objectEvents.tell(`ipaddresspool/${pool}`, { type: "Warning", reason: "AddressQuarantined", message }),
  })

  const reservations = keepReservations(edges, namespace, () => ledger, {
    onChange: () => (ledger === undefined ? begin() : holdBack(ledger)),
    onEvent: ({ name, uid }, type, reason, message) =>
      objectEvents.tell(`addressreservation/${name}`, { type, reason, message }, uid),
  })

  const state = createConfigurationState(edges, {
    namespace,
    component: { kind: "controller" },
    pod: ownPod(podName, options.podUid),
    acting: () => acting,
  })

  const objectConditions = keepObjectConditions(edges, namespace, configuration.objects, () => acting)
  const conditions = keepServiceConditions(edges, services)
  const assigner = createAssigner(edges, {
    services,
    ledger: () => ledger,
    context: () => {
      const verdict = configuration.verdict()
      const doubt = verdict === undefined ? undefined : poolDoubtOf(verdict)
      return { loadBalancerClass: lbClass, ready: verdict !== undefined, doubt, verdict }
    },
    remaining: leadership.remaining,
    meters,
    events,
    conditions,
    onWritten: key => {
      reservations.look([key])
      quarantine.look()
      poolStatus.changed()
    },
  })
  const enqueue = (list: Iterable<Service>) => {
    assigner.enqueue(list)
    poolStatus.changed()
  }

  metrics.watch("metallb_controller_queue_depth", "Services that wait to be looked at or written.", assigner.depth)
  allocatedServices(metrics, () => (ledger === undefined ? [] : services.values()))
  const poolStatus = createPoolStatusWriter(edges, namespace, configuration.pools, () =>
    ledger === undefined || leadership.remaining() <= 0
      ? undefined
      : { table: ledger.table, services: services.values, quarantines: quarantine.book() },
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
    // A standby keeps to itself what it reads.
    for (const problem of configuration.verdict()?.problems ?? []) objectEvents.tellProblem(problem)
    state.check()
    objectConditions.check()
    begin()
  }
  /** Counts the changes of leadership, so that a start that took long does not outlive its own. */
  let term = 0
  leadership.start({
    lead: after => void lead(after),
    suspend: () => undefined,
    resume: () => {
      state.check()
      objectConditions.check()
      reservations.look()
      enqueue(services.values())
    },
    follow: () => {
      term++
      acting = false
      ledger = undefined
      assigner.forgetAll()
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
      assigner.stop()
      quarantine.stop()
      reservations.stop()
      conditions.stop()
      objectConditions.stop()
      state.stop()
      poolStatus.stop()
      const patience = new AbortController()
      const idle = client.idle().then(() => true)
      const late = pause(clock, stopPatience, patience.signal).then(() => false)
      const isIdle = await Promise.race([idle, late])
      // Whoever leads next may write from the release on.
      recorder.stop()
      if (isIdle) await leadership.release()
      patience.abort()
      control.abort()
      await following
    },
  }
}
