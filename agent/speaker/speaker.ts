import { followConfiguration } from "../configuration.ts"
import { createConfigurationState, ownPod } from "../configuration-state.ts"
import { announcements } from "../core/announce/announcements.ts"
import { announceContext } from "../core/announce/context.ts"
import { sameAddress } from "../core/ip/address.ts"
import type { Edges, Running } from "../edges.ts"
import { serviceReference } from "../object-reference.ts"
import type { Timer } from "../ports/clock.ts"
import type { Interfaces } from "../ports/interfaces.ts"
import { createRecorder } from "../ports/kube/events.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { nodes as allNodes, announcedServices, endpointSlices, speakerPods } from "../ports/kube/sources.ts"
import type { MulticastGroups } from "../ports/multicast-groups.ts"
import type { PacketSockets } from "../ports/packet-socket.ts"
import { type Assignment, assignmentsOf } from "./assignments.ts"
import { createClaimWatch } from "./claim-watch.ts"
import { createEars } from "./ears.ts"
import type { IsExcluded } from "./excluded-interfaces.ts"
import { createHerald } from "./herald.ts"
import { createLayer2Status } from "./layer2-status.ts"
import { followLinks } from "./links.ts"
import { createSpeakerEvents } from "./speaker-events.ts"

export type SpeakerEdges = Edges & {
  readonly interfaces: Interfaces
  readonly packetSockets: PacketSockets
  readonly multicastGroups: MulticastGroups
}

export type SpeakerOptions = {
  readonly namespace: string
  readonly podName: string
  readonly nodeName: string
  readonly lbClass: string
  readonly ignoreExcludeLb: boolean
  readonly isExcluded: IsExcluded
  /** Milliseconds after which an address is announced again, about; 0 for never. */
  readonly refreshEvery: number
  /** undefined where the program runs by hand. */
  readonly podUid?: string | undefined
}

/** A pass over everything may use this share of the time: after one that took 20 ms the next comes 80 ms later at the earliest. */
const restFactor = 4

/**
 * The speaker: cluster and interfaces -> which addresses are this node's -> sockets, announcements, status.
 *
 *     watch, rtnetlink --> pass --> announcements(…, this node) --> ears (ARP and NDP answers), herald (gratuitous ARP,
 *                                                                   unsolicited NA), events, metrics, ServiceL2Status
 *     a foreign claim of an address -------------------------> claim watch (event, defence)
 *
 * While the API is away nothing changes: what was owned is answered for. Nothing is announced before everything was read.
 */
export const startSpeaker = (edges: SpeakerEdges, options: SpeakerOptions): Running => {
  const { namespace, nodeName, podName, lbClass } = options
  const { clock, metrics } = edges
  const log = edges.log.from("speaker")
  const control = new AbortController()
  const passes = metrics.counter("metallb_k8s_client_updates_total", "Passes over all services.")
  const dropped = metrics.counter("metallb_events_dropped_total", "Events that were not written.")
  const onDropped = () => dropped.add()
  const recorder = createRecorder({ ...edges, component: "metallb-speaker", instance: nodeName, onDropped })

  let timer: Timer | undefined
  let restUntil = 0
  /** Asks for a pass: at once where the last one is long enough ago. */
  const touch = () => {
    timer ??= clock.after(Math.max(0, restUntil - clock.monotonic()), () => {
      timer = undefined
      const began = clock.monotonic()
      pass()
      const ended = clock.monotonic()
      restUntil = ended + restFactor * (ended - began)
    })
  }

  const services = createReflector(announcedServices, edges, touch)
  const slices = createReflector(endpointSlices, edges, keys => {
    const first = services.size() === 0 || keys.size === 0
    if (first || [...keys].some(key => concernsUs(key))) touch()
  })
  /** A slice that is gone may have been of any service. */
  const concernsUs = (key: string) => {
    const slice = slices.get(key)
    return slice === undefined || services.get(slice.service) !== undefined
  }
  const nodesChanged = () => configuration.nodesChanged()
  const nodes = createReflector(
    allNodes,
    edges,
    () => {
      nodesChanged()
      touch()
    },
    nodesChanged,
  )
  const pods = createReflector(speakerPods(namespace), edges, touch)
  const state = createConfigurationState(edges, {
    namespace,
    component: { kind: "speaker", node: nodeName },
    pod: ownPod(podName, options.podUid),
    acting: () => true,
  })
  const configuration = followConfiguration(
    edges,
    { namespace, nodes, node: nodeName },
    {
      onChange: (_verdict, findings) => {
        state.tell(findings)
        touch()
      },
      onProblem: () => undefined,
    },
  )
  const followed = [
    ["services", services],
    ["endpoint slices", slices],
    ["nodes", nodes],
    ["speaker pods", pods],
  ] as const
  const unread = () => [
    ...followed.filter(([, part]) => !part.state().synced).map(([what]) => what),
    ...configuration.missing(),
  ]

  const status = createLayer2Status(edges, {
    namespace,
    node: nodeName,
    owner: () => {
      const pod = pods.get(`${namespace}/${podName}`)
      return pod === undefined ? undefined : { name: pod.name, uid: pod.uid }
    },
    onKnown: touch,
  })
  const events = createSpeakerEvents({
    node: nodeName,
    recorder,
    metrics,
    log,
    service: services.get,
    alreadyTold: status.says,
  })
  const wireLog = edges.log.from("speaker/layer2")
  const ears = createEars(
    { ...edges, log: wireLog },
    {
      trouble: () => links.rescan(),
      claimed: ({ address, mac }, name) => claimWatch.claimed({ address, mac, interface: name }),
    },
  )
  const herald = createHerald(edges, ears, options.refreshEvery)
  let announced: readonly Assignment[] = []
  const claimWatch = createClaimWatch(
    { ...edges, log: wireLog },
    {
      defend: herald.once,
      tell: (address, message) => {
        for (const key of announced.find(one => sameAddress(one.address, address))?.services ?? []) {
          const service = services.get(key)
          if (service === undefined) continue
          recorder.record({ about: serviceReference(service), type: "Warning", reason: "addressConflict", message })
        }
      },
    },
  )
  const links = followLinks({ ...edges, log }, options.isExcluded, (found, changed) => {
    // Also when nothing changed: a socket that was lost is opened again.
    ears.setLinks(found)
    if (!changed) return
    herald.links(found)
    touch()
  })

  const pass = () => {
    const verdict = configuration.verdict()
    if (verdict === undefined || unread().length > 0) return
    passes.add()
    const context = announceContext({
      verdict,
      services: [...services.values()],
      endpointSlices: [...slices.values()],
      nodes: [...nodes.values()],
      // Run by hand, without the DaemonSet: then every node counts as having a speaker.
      speakers: pods.size() === 0 ? "assumed" : [...pods.values()],
      installNamespace: namespace,
      loadBalancerClass: lbClass,
      ignoreExcludeLB: options.ignoreExcludeLb,
    })
    const { owned } = announcements(context, nodeName, edges.crypto)
    const assignments = assignmentsOf(owned, links.now(), nodeName)
    const able = assignments.filter(({ obstacle }) => obstacle === undefined)
    // First answer, then tell the link to ask here.
    announced = able
    ears.setVoices(able)
    herald.own(able)
    claimWatch.own(able.map(({ address }) => address))
    const states = events.show(assignments)
    status.want(
      new Map(
        [...states].flatMap(([key, { obstacle, interfaces }]) => (obstacle === undefined ? [[key, interfaces]] : [])),
      ),
    )
  }

  links.start()
  const following = Promise.all([
    ...followed.map(([, part]) => part.run(control.signal)),
    configuration.run(control.signal),
    status.run(control.signal),
    state.run(control.signal),
  ])

  return {
    missing: () => [
      ...unread().map(what => `${what} not read yet`),
      ...ears.deaf(),
      ...(links.now().length === 0 ? ["no interface to announce on"] : []),
    ],
    stop: async () => {
      timer?.cancel()
      links.stop()
      herald.stop()
      claimWatch.stop()
      ears.stop()
      status.stop()
      state.stop()
      recorder.stop()
      control.abort()
      await following
    },
  }
}
