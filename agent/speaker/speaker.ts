import { announcements } from "../core/announce/announcements.ts"
import { announceContext } from "../core/announce/context.ts"
import type { Running } from "../edges.ts"
import type { KeptFile } from "../ports/kept-file.ts"
import { createRecorder } from "../ports/kube/events.ts"
import { assignmentsOf } from "./assignments.ts"
import { type BgpDoorEdges, type BgpDoorOptions, createBgpDoor } from "./bgp/door.ts"
import { createChronicle } from "./chronicle.ts"
import { type ClusterOptions, followCluster } from "./cluster.ts"
import { createLayer2, type Layer2Edges, type Layer2Options } from "./layer2.ts"
import { createPacer } from "./pacer.ts"

export type SpeakerEdges = Layer2Edges &
  BgpDoorEdges & {
    /** Where the history of addresses outlives the process; nowhere where absent. */
    readonly history?: KeptFile | undefined
  }

export type SpeakerOptions = ClusterOptions & Layer2Options & BgpDoorOptions

/**
 * The speaker: cluster and interfaces -> which addresses are this node's -> sockets, announcements, status.
 *
 *     cluster (watches) --> pass --> announcements(…, this node) --> layer2: ears (ARP and NDP answers), herald (gratuitous
 *     links (rtnetlink) ---^                                         ARP, unsolicited NA), events, metrics, ServiceL2Status
 *                            \-> bgp (where there are peers): routes -> sessions, BFD
 *
 * While the API is away nothing changes: what was owned is answered for. Nothing is announced before everything was read.
 */
export const startSpeaker = (edges: SpeakerEdges, options: SpeakerOptions): Running => {
  const { nodeName } = options
  const { clock, metrics } = edges
  const control = new AbortController()
  const passes = metrics.counter("metallb_k8s_client_updates_total", "Passes over all services.")
  const dropped = metrics.counter("metallb_events_dropped_total", "Events that were not written.")
  const onDropped = () => dropped.add()
  const recorder = createRecorder({ ...edges, component: "metallb-speaker", instance: nodeName, onDropped })

  const pacer = createPacer(clock, () => pass())
  const cluster = followCluster(edges, options, pacer.touch)
  const layer2 = createLayer2(edges, options, cluster, recorder, pacer.touch)
  const chronicle = createChronicle({ clock, log: edges.log.from("speaker") }, nodeName, edges.history)
  const bgp = createBgpDoor(edges, options, recorder, cluster)

  const pass = () => {
    const input = cluster.input()
    if (input === undefined) return
    passes.add()
    const context = announceContext(input)
    const found = announcements(context, nodeName, edges.crypto)
    chronicle.decided(found)
    layer2.announce(assignmentsOf(found.owned, layer2.links(), nodeName), context)
    bgp.pass(context)
  }

  layer2.start()
  const following = Promise.all([cluster.run(control.signal), layer2.run(control.signal)])

  return {
    questions: { ...layer2.questions, history: chronicle.answer, peers: bgp.answer },
    missing: () => [...cluster.unread().map(what => `${what} not read yet`), ...layer2.missing()],
    stop: async () => {
      pacer.stop()
      layer2.stop()
      await bgp.stop()
      cluster.stop()
      chronicle.stop()
      recorder.stop()
      control.abort()
      await following
    },
  }
}
