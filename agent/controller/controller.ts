import { followConfiguration } from "../configuration.ts"
import { keyOf } from "../core/allocate/claim.ts"
import { converge, passOrder, reserve, settle } from "../core/allocate/converge.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import { poolDoubtOf } from "../core/allocate/doubt.ts"
import { forget, type Ledger, ledgerFrom, observe, reconfigure } from "../core/allocate/ledger.ts"
import { problemText } from "../core/config/problem.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import type { Edges, Running } from "../edges.ts"
import { configReference } from "../object-reference.ts"
import { pause } from "../ports/clock.ts"
import { isPassing, isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently } from "../ports/kube/client.ts"
import { createRecorder } from "../ports/kube/events.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { controlledServices } from "../ports/kube/sources.ts"
import { createWorkQueue, type WorkResult } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"
import { createPoolStatusWriter } from "./pool-status.ts"
import { createServiceEvents } from "./service-events.ts"
import { statusWrite } from "./service-writer.ts"

export type ControllerOptions = { readonly namespace: string; readonly podName: string; readonly lbClass: string }

/** Writes under way at the same time. The API server's own limits come first: it answers 429, and that is waited out. */
const concurrency = 16
/** Everything is looked at again this often, in case a change was misread: it costs no request where all is well. */
const resyncEvery = 10 * 60_000

/**
 * The controller: services and configuration -> ledger -> what each service should have -> one write each.
 *
 *     watch --> observe --> queue --> converge --> settle, PATCH services/status --> learn --> events
 *
 * Nothing is given or taken before services, pools, advertisements, namespaces and the ConfigMap were each read in full.
 */
export const startController = (edges: Edges, { namespace, podName, lbClass }: ControllerOptions): Running => {
  const { clock, random, metrics, client } = edges
  const log = edges.log.from("controller")
  const control = new AbortController()
  const looked = metrics.counter("metallb_k8s_client_updates_total", "Services that were looked at.")
  const failed = metrics.counter("metallb_k8s_client_update_errors_total", "Service updates that could not be written.")
  const dropped = metrics.counter("metallb_events_dropped_total", "Events that were not written.")
  const onDropped = () => dropped.add()
  const recorder = createRecorder({ ...edges, component: "metallb-controller", instance: podName, onDropped })
  const events = createServiceEvents(recorder)

  /** undefined until every input was read: unknown, not empty. */
  let ledger: Ledger | undefined
  /** Services that would take more than they have if an address came free. Bounded by the services. */
  const wanting = new Set<ObjectKey>()
  /** The last write failed because the API server is away or overloaded. */
  let failing = false

  const begin = () => {
    const verdict = configuration.verdict()
    if (ledger !== undefined || verdict === undefined || !services.state().synced) return
    ledger = ledgerFrom([...services.values()], verdict.config, lbClass)
    log.info("all inputs read", { services: services.size() })
    enqueue(services.values())
  }

  const services = createReflector(controlledServices, edges, keys => {
    if (ledger === undefined) return begin()
    let gained = false
    for (const key of keys) {
      const service = services.get(key)
      if (service === undefined) {
        events.forget(key)
        wanting.delete(key)
        gained = forget(ledger, key) || gained
      } else {
        gained = observe(ledger, service, lbClass) || gained
        queue.add(key)
      }
    }
    if (gained) retryWanting()
    poolStatus.changed()
  })

  const configuration = followConfiguration(edges, namespace, {
    onChange: verdict => {
      if (ledger === undefined) return begin()
      reconfigure(ledger, verdict.config)
      enqueue(services.values())
    },
    onProblem: problem => {
      const about = configReference(problem.object, namespace, configuration.uidOf(problem.object))
      const message = `${problemText(problem)} [${problem.reason}]`
      if (about !== undefined) recorder.record({ about, type: "Warning", reason: "ConfigurationProblem", message })
    },
  })

  const enqueue = (list: Iterable<Service>) => {
    for (const service of passOrder([...list])) queue.add(keyOf(service))
    poolStatus.changed()
  }
  const retryWanting = () => enqueue([...wanting].flatMap(key => services.get(key) ?? []))

  /** What the service should have now, undefined where nothing is to be written; what there is to tell is told. */
  const look = (service: Service, book: Ledger): Convergence | undefined => {
    const verdict = configuration.verdict()
    const doubt = verdict === undefined ? undefined : poolDoubtOf(verdict)
    const context = { ledger: book, loadBalancerClass: lbClass, ready: verdict !== undefined, doubt }
    const wanted = converge(service, context)
    const content = wanted.action === "ignore" || (wanted.outcome.ok && wanted.events.length === 0)
    if (content) wanting.delete(wanted.service)
    else wanting.add(wanted.service)
    if (wanted.write) return wanted
    events.tell(service, events.settle(service, wanted.events))
    return undefined
  }

  const work = async (key: string): Promise<WorkResult> => {
    const service = services.get(key)
    if (service === undefined || ledger === undefined) return "done"
    looked.add()
    const wanted = look(service, ledger)
    if (wanted === undefined) return "done"
    if (!(await carryOut(service, wanted, ledger))) return { again: true }
    // The second look finds what is still to be wished for. If it wanted to write again, that would be a quarrel: go slowly.
    const after = services.get(key)
    if (after !== undefined) return look(after, ledger) === undefined ? "done" : { again: true }
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
      // 409: somebody changed the service; the watch brings what it is now, and that is judged anew.
      if (isStatus(error, 409)) return false
      failed.add()
      // An outage fails every service alike and is told once.
      if (!failing || !isPassing(error)) log.error("service status not written", { service: key, error: textOf(error) })
      failing = isPassing(error)
      return false
    }
    failing = false
    if (settle(book, service, wanted)) retryWanting()
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
  const poolStatus = createPoolStatusWriter(edges, namespace, () =>
    ledger === undefined ? undefined : { table: ledger.table, resources: configuration.resourcePools() },
  )
  const resync = async () => {
    while (!control.signal.aborted) {
      await pause(clock, resyncEvery, control.signal)
      if (ledger !== undefined) enqueue(services.values())
    }
  }
  const following = Promise.all([services.run(control.signal), configuration.run(control.signal), resync()])

  return {
    missing: () => {
      const unread = [...(services.state().synced ? [] : ["services"]), ...configuration.missing()]
      return unread.map(what => `${what} not read yet`)
    },
    stop: async () => {
      queue.stop()
      poolStatus.stop()
      recorder.stop()
      control.abort()
      await following
    },
  }
}
