import { drainOf } from "../../announce/drain.ts"
import type { Node } from "../../model.ts"
import type { AttributesAsked } from "../rib/route.ts"
import { gracefulShutdown } from "../wire/attribute.ts"

/** Where a node stands between carrying traffic and being left in peace (RFC 8326). */
export type Handover = {
  /** "shutdown": routes are still there and least preferred, so that routers move their traffic before they go. */
  readonly phase: "none" | "shutdown" | "withdrawn"
  /** Milliseconds since the epoch at which the phase changes by time alone. */
  readonly nextAt: number | undefined
}

export type HandoverOptions = {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** When this process first saw that the node is drained, on the same clock; undefined where it is not, or was not noted. */
  readonly drainSeen?: number | undefined
  /** How long routes stay with the community of RFC 8326 before they are withdrawn. */
  readonly shutdownFor?: number | undefined
}

/** Long enough for routers that wait some seconds between updates, and within the minute that `drain` waits. */
export const defaultShutdownFor = 15_000

/**
 * The phase of a node's drain, by the time that its annotation says. Where that says none, or one that lies ahead of when the drain
 * was seen, because two clocks differ, the time counts from there; without either the routes are withdrawn.
 */
export const handoverOf = (node: Pick<Node, "annotations">, options: HandoverOptions): Handover => {
  const drain = drainOf(node)
  if (drain === undefined) return { phase: "none", nextAt: undefined }
  const { now, drainSeen, shutdownFor = defaultShutdownFor } = options
  const since = Math.min(drain.since ?? Number.POSITIVE_INFINITY, drainSeen ?? Number.POSITIVE_INFINITY)
  const nextAt = since + shutdownFor
  if (drain.phase === "withdrawn" || !Number.isFinite(since) || now >= nextAt) {
    return { phase: "withdrawn", nextAt: undefined }
  }
  return { phase: "shutdown", nextAt }
}

/** The attributes of a route whose node is about to go (RFC 8326 section 4): the community, and the lowest preference inside the AS. */
export const leaving = (attributes: AttributesAsked): AttributesAsked => ({
  ...attributes,
  localPref: 0,
  communities: [...new Set([...attributes.communities, gracefulShutdown])].sort((a, b) => a - b),
})
