import type { NodeName } from "./peer.ts"
import { declareGone, startAsking } from "./questions.ts"
import type { Millis } from "./timings.ts"
import type { Work } from "./work.ts"

/**
 * The TCP connection that a watcher keeps to each node it watches. A process that is killed closes it at once, far sooner
 * than three heartbeats are missed.
 */
export type Connection = {
  /** "down": none is kept and nothing is concluded, tried again after `retryEvery`. */
  readonly state: "opening" | "kept" | "retrying" | "down"
  readonly boot: number
  readonly since: Millis
}

/** Between two tries to open a connection that cannot be had. */
const retryEvery: Millis = 1_000

/** A heartbeat came: the node is watched, so a connection to it is wanted. */
export const ring = (work: Work, node: NodeName, boot: number): void => {
  const known = work.draft.connections.get(node)
  const due = connectionDue(known, boot)
  if (known === undefined || (due !== undefined && due <= work.now)) open(work, node, boot, "opening")
  else if (known.boot === boot) return
  // A node that lost its power closed nothing: what is kept is of the process before, and would never end.
  else if (known.state === "kept") open(work, node, boot, "opening")
  else set(work, node, { ...known, boot })
}

/** When a connection to that process is to be tried again, if the node still beats then; undefined: there is nothing to try. */
export const connectionDue = (known: Connection | undefined, boot: number): Millis | undefined =>
  known?.state !== "down" ? undefined : known.boot === boot ? known.since + retryEvery : known.since

/** The node watches over nothing here any more. */
export const lost = (work: Work, node: NodeName): void => {
  if (!work.draft.connections.has(node)) return
  const kept = new Map(work.draft.connections)
  kept.delete(node)
  work.draft.connections = kept
  work.effects.push({ type: "disconnect", node })
}

/**
 * A kept connection that closes is tried once more. Refused: the process is gone, and its kernel says so. Accepted: a false
 * alarm. Neither: the wire is asked at once, without waiting for the heartbeats' silence.
 */
export const onConnection = (work: Work, node: NodeName, state: "lost" | "refused" | "accepted"): void => {
  const known = work.draft.connections.get(node)
  if (known === undefined) return
  if (state === "accepted") set(work, node, { ...known, state: "kept", since: work.now })
  else if (known.state === "kept") open(work, node, known.boot, "retrying")
  else {
    if (known.state === "retrying") believe(work, node, known.boot, state)
    set(work, node, { ...known, state: "down", since: work.now })
  }
}

/** The second try failed too: what follows for every link on which this process of the node was watched. */
const believe = (work: Work, node: NodeName, boot: number, state: "lost" | "refused"): void => {
  for (const pair of work.draft.pairs.values()) {
    if (pair.node !== node || pair.beatAt === undefined || pair.boot !== boot || pair.phase.name === "gone") continue
    if (state === "refused") declareGone(work, pair, "process", true)
    else startAsking(work, pair, "connection")
  }
}

const open = (work: Work, node: NodeName, boot: number, state: "opening" | "retrying"): void => {
  const peer = work.draft.peers.get(node)
  const address = peer?.links.find(path => work.draft.links.get(path.link)?.up)?.address
  set(work, node, { state: address === undefined ? "down" : state, boot, since: work.now })
  if (address !== undefined) work.effects.push({ type: "connect", node, address })
}

const set = (work: Work, node: NodeName, connection: Connection): void => {
  work.draft.connections = new Map(work.draft.connections).set(node, connection)
}
