import type { Cidr } from "../../ip/cidr.ts"
import type { LocalAddresses } from "../rib/hops.ts"
import type { Route } from "../rib/route.ts"
import type { ConnectionId, Ends } from "./link.ts"
import type { Place, SessionSettings } from "./settings.ts"

/**
 * What a session can learn. Plain data: a recording of events, with the settings and the seed that the session was made with, gives the
 * same effects when it is played (recording.ts writes and reads it). Events about connections that the session has given up are
 * ignored, so that the edge need not keep track.
 */
export type SessionEvent =
  /** Begin, and begin again whenever the session is lost, until a stop. Repeating it changes nothing. */
  | { readonly kind: "start" }
  /** End the session for good. */
  | { readonly kind: "stop"; readonly stop: Stop }
  /** End the session and begin it again at once; `text` is for the peer's operator, "" says nothing (RFC 9003). */
  | { readonly kind: "reset"; readonly text: string }
  /** The settings are these now. Where they differ from before, the session is a new one; the routes stay wanted. */
  | { readonly kind: "configure"; readonly settings: SessionSettings }
  /**
   * Where the peer of an interface, or with a link-local address, was found; undefined: nowhere. Ignored where the settings say where
   * the peer is.
   */
  | { readonly kind: "place"; readonly place: Place | undefined }
  /** The addresses of this node on the interface towards the peer: all of them, at the start and whenever they change. */
  | { readonly kind: "addresses"; readonly addresses: LocalAddresses }
  /** Routes that are new or changed, and prefixes that are not to be announced any more. What is not named stays. */
  | { readonly kind: "routes"; readonly set: readonly Route[]; readonly gone: readonly Cidr[] }
  /** All routes, in the place of those before. */
  | { readonly kind: "table"; readonly routes: readonly Route[] }
  /**
   * The routes told so far are all that there are for now. Before this, peers that keep old routes over a restart are not told that
   * the table is complete, or they would drop what is still to come.
   */
  | { readonly kind: "complete" }
  /** The time asked for by `wakeAt` has come; earlier and later ticks do no harm. */
  | { readonly kind: "tick" }
  /** The connection that a dial effect asked for stands. */
  | ({ readonly kind: "connected"; readonly connection: ConnectionId } & Ends)
  /** The peer opened a connection. The edge knows by its addresses whose it is, and names it ("in-" and anything). */
  | ({ readonly kind: "accepted"; readonly connection: ConnectionId } & Ends)
  /**
   * A connection is no more, or could not be made. `code`: the errno's name ("ECONNREFUSED", "ETIMEDOUT"), "" where the peer closed it in
   * order; `message`: the edge's words for codes that have no reason code of their own.
   */
  | { readonly kind: "closed"; readonly connection: ConnectionId; readonly code: string; readonly message: string }
  /** Bytes of any number, as they came. The session may keep a view of them. */
  | { readonly kind: "received"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  /** The socket's buffer is full: no routes are sent until it has drained. */
  | { readonly kind: "congested"; readonly connection: ConnectionId }
  | { readonly kind: "drained"; readonly connection: ConnectionId }
  /** BFD lost the peer (RFC 5882 section 3.2), not by anybody's will. */
  | { readonly kind: "bfd-down" }

export type Stop =
  /** The operator takes the session down, or this node is going: the routes go at once. `text` as with reset. */
  | { readonly kind: "shutdown"; readonly text: string }
  /** The peer is not configured any more: the same. */
  | { readonly kind: "removed" }
  /**
   * This process ends and another takes over: where graceful restart was agreed on, the connection closes without a word and the peer keeps
   * the routes; else as with shutdown.
   */
  | { readonly kind: "leave" }
