import type { Address } from "../../ip/address.ts"
import { emptyFramer, type Framer } from "../wire/framer.ts"
import type { Millis } from "./time.ts"

/** Names one TCP connection: "out-1" those that this side opens, "in-…" as the edge likes those that the peer opens. */
export type ConnectionId = string

/** The ends of a TCP connection as it stands. */
export type Ends = { readonly local: Address; readonly remote: Address }

/** A TCP connection to the peer. */
export type Link = Ends & {
  readonly id: ConnectionId
  readonly opener: "us" | "peer"
  /** The BGP identifier that this side shows on it. */
  readonly identifier: number
  /** What has arrived and is no whole message yet. */
  readonly framer: Framer
  /** Since when the socket takes no more; undefined while it does. */
  readonly congestedSince: Millis | undefined
}

export const newLink = (id: ConnectionId, opener: Link["opener"], ends: Ends, identifier: number): Link => ({
  id,
  opener,
  ...ends,
  identifier,
  framer: emptyFramer(),
  congestedSince: undefined,
})
