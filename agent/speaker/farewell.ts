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

/** Asks the API for the own pod as it is at this moment; undefined where it does not say. */
export type AskPod = () => Promise<SpeakerPod | undefined>

const lookEvery: Millis = 10
/** Longer than an API server takes to answer. Meanwhile a machine that goes down keeps its routes and addresses. */
const lookMost: Millis = 100

/**
 * The same, once it is sure. What the kubelet ends because it was deleted the API knew as deleted before, though our watch may not have
 * told it yet: so the API is asked, and where it does not answer the watch has `most` to tell. Every millisecond counts: where the
 * machine goes down, its pods go in the same moment.
 */
export const settledFarewell = async (
  clock: Clock,
  look: () => Leaving,
  ask: AskPod,
  most = lookMost,
): Promise<Stop> => {
  const until = clock.monotonic() + most
  const mayBeDeleted = ({ node, pod }: Leaving) =>
    pod?.deleting === undefined &&
    pod !== undefined &&
    farewellOf({ node, pod: { ...pod, deleting: true } }).kind === "leave"
  let asked: SpeakerPod | undefined
  if (mayBeDeleted(look()))
    void ask().then(pod => {
      asked = pod
    })
  while (asked === undefined && mayBeDeleted(look()) && clock.monotonic() < until) await pause(clock, lookEvery)
  const now = look()
  return farewellOf(asked === undefined || now.pod?.deleting === true ? now : { ...now, pod: asked })
}

/** True where another process comes in this one's place and the node goes on forwarding meanwhile. */
export const isReplaced = async (clock: Clock, look: () => Leaving, ask: AskPod): Promise<boolean> =>
  (await settledFarewell(clock, look, ask)).kind === "leave"
