import { drainOf } from "../core/announce/drain.ts"
import type { Stop } from "../core/bgp/session/event.ts"
import type { Node, SpeakerPod } from "../core/model.ts"
import { type Clock, type Millis, pause } from "../ports/clock.ts"

/** What is known of node and own pod at the moment. */
export type Leaving = { readonly node: Node | undefined; readonly pod: SpeakerPod | undefined }

/**
 * How sessions end with the process. Routes may stay with the peer (RFC 4724) only where this process alone goes and another comes: its
 * pod is deleted, on a node that is ready, not drained and not deleted. A machine that shuts down ends its containers without a word
 * to the API; whoever kept the routes would send packets to a node that is off, so the session ends for good (RFC 8538).
 */
export const farewellOf = ({ node, pod }: Leaving): Stop => {
  if (node === undefined) return { kind: "shutdown", text: "node removed" }
  if (drainOf(node) !== undefined) return { kind: "shutdown", text: "node drained" }
  if (node.ready !== true) return { kind: "shutdown", text: "node going down" }
  return pod?.deleting === true ? { kind: "leave" } : { kind: "shutdown", text: "speaker ended, and its pod stays" }
}

const lookEvery: Millis = 20
/** The kubelet may learn of a deletion before our watch does; as long, a machine that goes down keeps its routes. */
const lookMost: Millis = 100

/** The same, once it is sure: a pod that the API has not called deleted may be so in the next moment, BOUNDED by `most`. */
export const settledFarewell = async (clock: Clock, look: () => Leaving, most = lookMost): Promise<Stop> => {
  const until = clock.monotonic() + most
  const mayBeDeleted = ({ node, pod }: Leaving) =>
    pod?.deleting === undefined &&
    pod !== undefined &&
    farewellOf({ node, pod: { ...pod, deleting: true } }).kind === "leave"
  while (mayBeDeleted(look()) && clock.monotonic() < until) await pause(clock, lookEvery)
  return farewellOf(look())
}

/** Where the whole machine goes, addresses have to go at once: so long alone is waited for the news that only the pod does. */
const replacedMost: Millis = 100

/** True where another process comes in this one's place and the node goes on forwarding meanwhile. */
export const isReplaced = async (clock: Clock, look: () => Leaving): Promise<boolean> =>
  (await settledFarewell(clock, look, replacedMost)).kind === "leave"
