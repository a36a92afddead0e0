import { formatAddress } from "../core/ip/format.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import { phraseOf } from "../core/sentence.ts"
import { serviceReference } from "../object-reference.ts"
import type { EventRecorder } from "../ports/kube/events.ts"
import type { Log } from "../ports/log.ts"
import type { Metrics } from "../ports/metrics.ts"
import { type Assignment, type ServiceState, statesOf } from "./assignments.ts"

export type SpeakerEvents = {
  /** Tells what changed since the last call: events, metrics and log lines, one for each transition. */
  readonly show: (assignments: readonly Assignment[]) => ReadonlyMap<ObjectKey, ServiceState>
}

export type SpeakerEventsOptions = {
  readonly node: string
  readonly recorder: EventRecorder
  readonly metrics: Metrics
  readonly log: Log
  readonly service: (key: ObjectKey) => Service | undefined
  /**
   * Whether the cluster already says that this node announces the service: then a restart is no transition. undefined: not
   * known yet, so the event waits for the next call.
   */
  readonly alreadyTold: (key: ObjectKey) => boolean | undefined
}

export const createSpeakerEvents = (options: SpeakerEventsOptions): SpeakerEvents => {
  const { node, recorder, metrics, log, service, alreadyTold } = options
  const announced = metrics.gauge(
    "metallb_speaker_announced",
    "1 for each address of a service that this node announces.",
  )
  /** What each service was last told to be; bounded by the services that this node owns. */
  let told = new Map<ObjectKey, string>()
  let series = new Map<string, { service: string; protocol: string; node: string; ip: string }>()

  const event = (key: ObjectKey, state: ServiceState) => {
    const object = service(key)
    if (object === undefined) return
    const about = serviceReference(object)
    if (state.obstacle === undefined) {
      log.info("announcing", { service: key, node })
      // The words are MetalLB's: people's scripts read the node's name from them.
      const message = `announcing from node "${node}" with protocol "layer2"`
      if (alreadyTold(key) !== true) recorder.record({ about, type: "Normal", reason: "nodeAssigned", message })
    } else {
      const { reason, facts } = state.obstacle
      const message = `${phraseOf(reason, facts)} [${reason}]`
      log.warn("cannot announce", { service: key, node, reason, error: message })
      recorder.record({ about, type: "Warning", reason: "announceFailed", message })
    }
  }

  return {
    show: assignments => {
      const states = statesOf(assignments)
      const now = new Map<ObjectKey, string>()
      for (const [key, state] of states) {
        const text = state.obstacle?.reason ?? "announced"
        const before = told.get(key)
        if (before === undefined && alreadyTold(key) === undefined) continue
        if (before !== text) event(key, state)
        now.set(key, text)
      }
      for (const key of told.keys()) if (!states.has(key)) log.info("withdrawn", { service: key, node })
      told = now

      const current = new Map<string, { service: string; protocol: string; node: string; ip: string }>()
      for (const { address, services, obstacle } of assignments) {
        if (obstacle !== undefined) continue
        const ip = formatAddress(address)
        for (const each of services) current.set(`${each} ${ip}`, { service: each, protocol: "layer2", node, ip })
      }
      for (const [key, labels] of series) if (!current.has(key)) announced.remove(labels)
      for (const labels of current.values()) announced.set(1, labels)
      series = current
      return states
    },
  }
}
