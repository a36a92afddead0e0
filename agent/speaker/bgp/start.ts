import type { AnnounceContext } from "../../core/announce/context.ts"
import type { PeersAnswer } from "../../core/bgp/peer-status.ts"
import { nodeIdOf } from "../../core/bgp/session/settings.ts"
import type { Node } from "../../core/model.ts"
import type { Timer } from "../../ports/clock.ts"
import type { InterfaceWatch } from "../../ports/interfaces.ts"
import { readBgpPassword } from "../../ports/kube/bgp-passwords.ts"
import type { EventRecorder } from "../../ports/kube/events.ts"
import { textOf } from "../../ports/log.ts"
import { settledFarewell } from "../farewell.ts"
import type { FreshAnswer } from "../first-use.ts"
import { createAdvertiser } from "./advertiser.ts"
import { createAnnounced } from "./announced.ts"
import { createBgp } from "./bgp.ts"
import { createBgpStatus } from "./bgp-status.ts"
import type { BgpCluster, BgpDoorEdges, BgpDoorOptions, FirstRoutesParts } from "./door.ts"
import { checkFirstRoutes } from "./first-routes.ts"
import type { BgpPorts } from "./native.ts"
import { createTeller } from "./teller.ts"
import { toldPeers } from "./told-peers.ts"

export type BgpPart = {
  readonly pass: (context: AnnounceContext) => void
  /** What this node says of its sessions when it is asked. */
  readonly answer: () => PeersAnswer
  /** New addresses that no router is told of yet. */
  readonly fresh: () => readonly FreshAnswer[]
  readonly stop: () => Promise<void>
}

/** Seconds that a peer may keep routes while this speaker restarts, where its BGPPeer asks for graceful restart (RFC 4724). */
const restartTime = 120
/** rtnetlink tells many things about one change. */
const quiet = 20

/** Sessions with this node's peers, fed by the speaker's passes. */
export const startBgp = (
  edges: BgpDoorEdges & BgpPorts,
  { namespace, nodeName, bgpListenPort }: BgpDoorOptions,
  recorder: EventRecorder,
  cluster: BgpCluster,
  { remote, ...firstRoutesParts }: FirstRoutesParts,
): BgpPart => {
  const { clock } = edges
  const { uidOf } = cluster
  const log = edges.log.from("speaker/bgp")
  const teller = createTeller({ log, recorder, metrics: edges.metrics }, { namespace, nodeName, uidOf })
  const bgp = createBgp(
    {
      ...edges,
      log,
      interfaces: edges.interfaces.list,
      password: (peer, source) => readBgpPassword(edges, namespace, peer, source),
    },
    {
      defaults: { namespace, nodeId: nodeIdOf(edges.crc32(nodeName)), accepts: bgpListenPort !== 0, restartTime },
      listenPort: bgpListenPort,
      // A host that started after the peer's patience began forwarded nothing meanwhile.
      preserved: edges.uptime() > restartTime,
    },
    teller,
  )
  teller.watch(bgp)

  let soon: Timer | undefined
  let watch: InterfaceWatch | undefined
  const changed = () => {
    soon ??= clock.after(quiet, () => {
      soon = undefined
      bgp.refresh()
    })
  }
  try {
    watch = edges.interfaces.watch(changed, fault => {
      watch = undefined
      log.error("interfaces are no longer watched for BGP", { error: fault.message })
    })
  } catch (error) {
    log.error("interfaces cannot be watched for BGP", { error: textOf(error) })
  }

  const advertiser = createAdvertiser()
  const status = createBgpStatus(edges, {
    namespace,
    node: nodeName,
    owner: cluster.ownPod,
    onKnown: () => {
      announced.settle()
      if (remote !== undefined) firstRoutesParts.onChange()
    },
  })
  const firstRoutes =
    remote &&
    checkFirstRoutes(edges, {
      ...firstRoutesParts,
      remote,
      namespace,
      node: nodeName,
      pod: cluster.ownPod,
      statuses: status,
      isToldBeside: advertiser.isToldBeside,
      recorder,
    })
  const announced = createAnnounced({
    node: nodeName,
    recorder,
    metrics: edges.metrics,
    log,
    service: cluster.service,
    alreadyTold: status.says,
  })
  const control = new AbortController()
  const following = status.run(control.signal)
  let node: Node | undefined
  let later: Timer | undefined
  const pass = (context: AnnounceContext) => {
    later?.cancel()
    const here = context.nodes.find(({ name }) => name === nodeName)
    node = here
    // A node that is not there has no say: what was told stays until it is known why.
    if (here === undefined) return
    const { anew, changes, decided, nextAt } = advertiser.look(context, here, clock.wall(), firstRoutes?.look(context))
    const { bgp: config } = context.input.verdict.config
    if (anew) bgp.want({ config, labels: here.labels, nodeAddresses: here.addresses, routesOf: advertiser.routesOf })
    else bgp.tell(changes)
    announced.show(decided)
    if (anew || decided.size > 0) status.want(announced.peers())
    if (nextAt !== undefined) later = clock.after(Math.max(0, nextAt - clock.wall()), () => pass(context))
  }
  return {
    pass,
    answer: () => toldPeers(bgp, nodeName, clock),
    fresh: () => firstRoutes?.answer() ?? [],
    stop: async () => {
      firstRoutes?.stop()
      later?.cancel()
      soon?.cancel()
      watch?.close()
      status.stop()
      control.abort()
      await bgp.stop(await settledFarewell(clock, () => ({ node, pod: cluster.ownPod() }), cluster.askOwnPod))
      await following
    },
  }
}
