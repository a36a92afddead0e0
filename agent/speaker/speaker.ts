import { announcements, ownerMemo, ownerOfAddress } from "../core/announce/announcements.ts"
import { type AnnounceContext, type AnnounceInput, announceContext } from "../core/announce/context.ts"
import type { Running } from "../edges.ts"
import type { EchoSockets } from "../ports/echo.ts"
import type { KeptFile } from "../ports/kept-file.ts"
import { createRecorder } from "../ports/kube/events.ts"
import type { LinkSocket } from "../ports/link-socket.ts"
import { assignmentsOf } from "./assignments.ts"
import { type BgpDoorEdges, type BgpDoorOptions, createBgpDoor } from "./bgp/door.ts"
import { createChronicle } from "./chronicle.ts"
import { type ClusterOptions, followCluster } from "./cluster.ts"
import { createSettlement, type Settlement } from "./company/settlement.ts"
import type { CompanyEdges, CompanyOptions } from "./company/terms.ts"
import { isReplaced } from "./farewell.ts"
import type { FreshAnswer } from "./first-use.ts"
import { createLayer2, type Layer2, type Layer2Edges, type Layer2Options } from "./layer2.ts"
import { createPacer } from "./pacer.ts"
import { createRemoteAddresses } from "./remote-addresses.ts"

export type SpeakerEdges<Socket extends LinkSocket = LinkSocket> = Omit<Layer2Edges, "remote"> &
  BgpDoorEdges & {
    /** Without them addresses behind routers are not asked for. */
    readonly echoSockets?: EchoSockets | undefined
    /** Where the history of addresses outlives the process; nowhere where absent. */
    readonly history?: KeptFile | undefined
    readonly company?: CompanyEdges<Socket>
  }

export type SpeakerOptions = ClusterOptions &
  Layer2Options &
  BgpDoorOptions & {
    /** undefined where no --ml-bindaddr is given: then every node counts, as for MetalLB's speakers without one. */
    readonly company?: CompanyOptions | undefined
  }

/**
 * The speaker: cluster and interfaces -> which addresses are this node's -> sockets, announcements, status.
 *
 *     cluster (watches) --> pass --> whose? --> layer2: ears (ARP and NDP answers), herald (gratuitous ARP,
 *     links (rtnetlink) ---^     \               unsolicited NA), events, metrics, ServiceL2Status
 *                                 \-> bgp (where there are peers): routes -> sessions, BFD
 *
 * Whose an address is, without a member list: the first of all nodes in the order (--placement; announcements). In company: what the speakers
 * settled among themselves (company/: member list, detector, ownership), and while there is no Secret for that the first which the API calls ready.
 *
 * While the API is away nothing changes: what was owned is answered for. Nothing is announced before everything was read.
 */
export const startSpeaker = <Socket extends LinkSocket>(
  edges: SpeakerEdges<Socket>,
  options: SpeakerOptions,
): Running => {
  const { nodeName } = options
  const { clock, metrics } = edges
  const control = new AbortController()
  const passes = metrics.counter("metallb_k8s_client_updates_total", "Passes over all services.")
  const dropped = metrics.counter("metallb_events_dropped_total", "Events that were not written.")
  const onDropped = () => dropped.add()
  const recorder = createRecorder({ ...edges, component: "metallb-speaker", instance: nodeName, onDropped })

  const pacer = createPacer(clock, () => pass())
  const cluster = followCluster(edges, options, () => layer2.announcers(), pacer.touch)
  const { echoSockets } = edges
  const remote =
    echoSockets &&
    createRemoteAddresses(
      { ...edges, echoSockets },
      {
        ownNode: cluster.ownNode,
        otherSubnets: () => settlement?.otherSubnets() ?? [],
        recorder,
      },
    )
  const layer2: Layer2 = createLayer2({ ...edges, remote }, options, cluster, recorder, {
    changed: pacer.touch,
    linksChanged: () => {
      settlement?.linksChanged()
      pacer.touch()
    },
    heard: (station, name, age) => settlement?.heard(station, name, age),
    settles: name => settlement?.settles(name) === true,
  })
  let settlement: Settlement | undefined
  const chronicle = createChronicle({ clock, log: edges.log.from("speaker") }, nodeName, edges.history)
  const { isAnnounced, reports } = layer2
  const bgp = createBgpDoor(edges, options, recorder, cluster, {
    remote,
    reports,
    isOnLinks: isAnnounced,
    onChange: pacer.touch,
  })

  const pass = () => {
    const input = cluster.input()
    if (input === undefined) return
    passes.add()
    settlement?.meet(input)
    const company = settlement?.state() === "alone" ? undefined : settlement
    bgp.pass(company?.decide(input) ?? decideAlone(input))
  }

  const decideAlone = (input: AnnounceInput): AnnounceContext => {
    const everyNode = { members: new Set(input.nodes.map(({ name }) => name)) }
    const context = announceContext(settlement === undefined ? { ...input, ...everyNode } : input)
    const found = announcements(context, nodeName, edges.crypto)
    const ownerOf = ownerMemo(context, edges.crypto)
    const elected = (vip: string) => {
      const address = context.holders.get(vip)?.address
      const outcome = address && ownerOfAddress(address, context, ownerOf).outcome
      return outcome?.ok === true ? outcome.value.node : undefined
    }
    chronicle.decided(found)
    layer2.announce(assignmentsOf(found.owned, layer2.links(), nodeName), { context, elected })
    return context
  }

  if (options.company !== undefined && edges.company !== undefined)
    settlement = createSettlement({ ...edges, company: edges.company }, nodeName, options.company, {
      cluster,
      layer2,
      chronicle,
      changed: pacer.touch,
    })
  layer2.start()
  const following = Promise.all([cluster.run(control.signal), layer2.run(control.signal)])

  return {
    questions: {
      ...layer2.questions,
      ...settlement?.questions,
      history: chronicle.answer,
      peers: bgp.answer,
      "first-use": () => freshAnswers(layer2.fresh(), bgp.fresh()),
    },
    missing: () => [
      ...cluster.unread().map(what => `${what} not read yet`),
      ...layer2.missing(),
      ...(settlement?.missing() ?? []),
    ],
    stop: async () => {
      const look = () => ({ node: cluster.ownNode(), pod: cluster.ownPod() })
      const replaced = () => isReplaced(clock, look, cluster.askOwnPod)
      // Routers and the link at once: where the whole machine goes, its pods go in the same moment.
      await Promise.all([settlement === undefined ? undefined : replaced().then(settlement.leave), bgp.stop()])
      pacer.stop()
      settlement?.stop()
      layer2.stop()
      remote?.stop()
      cluster.stop()
      chronicle.stop()
      recorder.stop()
      control.abort()
      await following
    },
  }
}

/** An address that no link is asked for may be one that routers are not told of yet. */
const freshAnswers = (onLinks: readonly FreshAnswer[], byRoutes: readonly FreshAnswer[]): readonly FreshAnswer[] => {
  const others = onLinks.filter(({ mine, address }) => mine || !byRoutes.some(one => one.address === address))
  return [...others, ...byRoutes]
}
