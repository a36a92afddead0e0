import { encodeMessage } from "./message.ts"
import { unsignedPacket } from "./packet.ts"
import { dueAt, type Pair } from "./pair.ts"
import type { LinkId, NodeName } from "./peer.ts"
import type { DetectorState } from "./state.ts"
import type { Millis } from "./timings.ts"

/**
 * Heartbeats that this speaker need not see one by one. Whoever hears them says when the last ones came ("heard") before every other
 * event, and wakes the detector once none came for `silence`: until then nothing follows from them.
 */
export type Expected = {
  readonly node: NodeName
  readonly link: LinkId
  readonly boot: number
  readonly mac: string
}

export type Beat = Expected & { readonly at: Millis }

/** A heartbeat of that process with room for sequence and tag. */
export const unsignedHeartbeat = ({ node, link, boot, mac }: Expected): Uint8Array => {
  const { type, body } = encodeMessage({ type: "heartbeat", mac })
  return unsignedPacket({ from: node, boot, sequence: 0, link, type }, body)
}

/** All of which nothing is in doubt. BOUNDED: one for each pair. */
export const expectedOf = (state: DetectorState): readonly Expected[] => {
  const found: Expected[] = []
  for (const { node, link, boot, mac, beatAt, phase } of state.pairs.values()) {
    if (beatAt === undefined || boot === undefined || mac === undefined || phase.name !== "quiet") continue
    // The first heartbeat after a goodbye on another link opens the connection again.
    if (state.connections.get(node)?.boot !== boot || state.links.get(link)?.up !== true) continue
    if (!isCutOff(state, link)) found.push({ node, link, boot, mac })
  }
  return found
}

/** Any heartbeat is what a speaker that hears nobody waits for. */
const isCutOff = (state: DetectorState, link: LinkId): boolean => {
  for (const pair of state.pairs.values()) if (pair.link === link && pair.phase.name === "cut-off") return true
  return false
}

export const sameExpected = (a: readonly Expected[], b: readonly Expected[]): boolean =>
  a.length === b.length &&
  a.every(({ node, link, boot, mac }, at) => {
    const other = b[at]
    return other?.node === node && other.link === link && other.boot === boot && other.mac === mac
  })

/** Silence that is still to come, and of which whoever hears the heartbeats will tell. */
export const isTold = (state: DetectorState, pair: Pair, now: Millis): boolean => {
  const due = pair.phase.name === "quiet" ? dueAt(pair, state.timings) : undefined
  return (
    due !== undefined &&
    due > now &&
    state.expected.some(({ node, link, boot }) => node === pair.node && link === pair.link && boot === pair.boot)
  )
}
