import type { AnnounceContext } from "../../core/announce/context.ts"
import type { PeersAnswer } from "../../core/bgp/peer-status.ts"
import type { Edges } from "../../edges.ts"
import type { Interfaces } from "../../ports/interfaces.ts"
import type { EventRecorder } from "../../ports/kube/events.ts"
import type { MulticastGroups } from "../../ports/multicast-groups.ts"
import type { PacketSockets } from "../../ports/packet-socket.ts"
import type { ClusterView } from "../cluster.ts"
import type { FreshAnswer } from "../first-use.ts"
import type { RemoteAddresses } from "../remote-addresses.ts"
import type { FirstRoutesOptions } from "./first-routes.ts"
import type { BgpPorts } from "./native.ts"
import type { BgpPart } from "./start.ts"

export type BgpDoorEdges = Edges & {
  readonly interfaces: Interfaces
  readonly packetSockets: PacketSockets
  readonly multicastGroups: MulticastGroups
  /** Loaded when the first peer is seen. */
  readonly bgpPorts: () => Promise<BgpPorts>
}

export type BgpDoorOptions = {
  readonly namespace: string
  readonly nodeName: string
  /** The port that connections of peers are taken on; 0: none are. */
  readonly bgpListenPort: number
}

/** What is asked of the cluster besides what a pass is given. */
export type BgpCluster = Pick<ClusterView, "uidOf" | "ownPod" | "askOwnPod" | "service">

/** How addresses are asked for before routers are told; without `remote` they are not. */
export type FirstRoutesParts = Pick<FirstRoutesOptions, "reports" | "isOnLinks" | "onChange"> & {
  readonly remote: RemoteAddresses | undefined
}

/** BGP as the rest of the speaker sees it. Where no peer is configured none of it is loaded: no code, no socket, no memory. */
export type BgpDoor = {
  readonly pass: (context: AnnounceContext) => void
  /** What this node says of its sessions when it is asked. */
  readonly answer: () => PeersAnswer
  /** New addresses that no router is told of yet. */
  readonly fresh: () => readonly FreshAnswer[]
  readonly stop: () => Promise<void>
}

export const createBgpDoor = (
  edges: BgpDoorEdges,
  options: BgpDoorOptions,
  recorder: EventRecorder,
  cluster: BgpCluster,
  firstRoutes: FirstRoutesParts,
): BgpDoor => {
  let part: BgpPart | undefined
  let loading: Promise<void> | undefined
  let latest: AnnounceContext | undefined
  let stopped = false

  const load = async () => {
    const [{ startBgp }, ports] = await Promise.all([import("./start.ts"), edges.bgpPorts()])
    if (stopped) return
    part = startBgp({ ...edges, ...ports }, options, recorder, cluster, firstRoutes)
    if (latest !== undefined) part.pass(latest)
  }
  return {
    pass: context => {
      if (stopped) return
      latest = context
      if (part !== undefined) part.pass(context)
      else if (context.input.verdict.config.bgp.peers.length > 0) loading ??= load()
    },
    answer: () => part?.answer() ?? { node: options.nodeName, peers: [], deaf: [] },
    fresh: () => part?.fresh() ?? [],
    stop: async () => {
      stopped = true
      await loading
      await part?.stop()
    },
  }
}
