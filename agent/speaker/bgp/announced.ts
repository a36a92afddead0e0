import { addressesOf } from "../../core/allocate/claim.ts"
import type { Advertised } from "../../core/bgp/announce/decide.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { ObjectKey, Service } from "../../core/model.ts"
import type { Outcome } from "../../core/outcome.ts"
import { serviceReference } from "../../object-reference.ts"
import type { EventRecorder } from "../../ports/kube/events.ts"
import type { Log } from "../../ports/log.ts"
import type { Labels, Metrics } from "../../ports/metrics.ts"

export type AnnouncedOptions = {
  readonly node: string
  readonly recorder: EventRecorder
  readonly metrics: Metrics
  readonly log: Log
  readonly service: (key: ObjectKey) => Service | undefined
  /** Whether the cluster says already that this node announces the service; undefined while that is not known. */
  readonly alreadyTold: (key: ObjectKey) => boolean | undefined
}

export type Announced = {
  /** Tells what became of these services; `undefined`: gone. */
  readonly show: (decided: ReadonlyMap<ObjectKey, Outcome<Advertised> | undefined>) => void
  /** Names of the peers that each service is announced to, sorted. BOUNDED by the services. */
  readonly peers: () => ReadonlyMap<ObjectKey, readonly string[]>
  /** What the cluster said of earlier announcers is known now. */
  readonly settle: () => void
}

/** Events, metrics and log lines of services that are announced to peers, one for each transition. */
export const createAnnounced = (options: AnnouncedOptions): Announced => {
  const { node, recorder, metrics, log, service, alreadyTold } = options
  const gauge = metrics.gauge("metallb_speaker_announced", "1 for each address of a service that this node announces.")
  // BOUNDED by the services, all three.
  let peers = new Map<ObjectKey, readonly string[]>()
  const series = new Map<ObjectKey, readonly Labels[]>()
  const unsettled = new Set<ObjectKey>()

  const forget = (key: ObjectKey) => {
    for (const labels of series.get(key) ?? []) gauge.remove(labels)
    series.delete(key)
  }

  const tell = (key: ObjectKey) => {
    const object = service(key)
    const told = alreadyTold(key)
    if (told === undefined) return void unsettled.add(key)
    unsettled.delete(key)
    if (object === undefined || told) return
    // The words are MetalLB's: people's scripts read the node's name from them.
    const message = `announcing from node "${node}" with protocol "bgp"`
    recorder.record({ about: serviceReference(object), type: "Normal", reason: "nodeAssigned", message })
  }

  return {
    show: decided => {
      if (decided.size === 0) return
      const now = new Map(peers)
      for (const [key, outcome] of decided) {
        forget(key)
        const isNew = !now.has(key)
        if (outcome?.ok !== true) {
          if (!isNew) log.info("withdrawn from BGP peers", { service: key, node, reason: outcome?.reason })
          unsettled.delete(key)
          now.delete(key)
          continue
        }
        const names = outcome.value.peers.map(({ peer }) => peer)
        now.set(key, names)
        const object = service(key)
        const addresses = object === undefined ? [] : addressesOf(object).map(formatAddress)
        const labels = addresses.map(ip => ({ service: key, protocol: "bgp", node, ip }))
        for (const each of labels) gauge.set(1, each)
        series.set(key, labels)
        if (!isNew) continue
        log.info("announcing to BGP peers", { service: key, node, peers: names })
        tell(key)
      }
      peers = now
    },
    peers: () => peers,
    settle: () => {
      for (const key of [...unsettled]) tell(key)
    },
  }
}
