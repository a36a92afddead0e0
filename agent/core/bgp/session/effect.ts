import type { Address } from "../../ip/address.ts"
import type { Facts } from "../../outcome.ts"
import type { ReasonCode } from "../../reasons.ts"
import type { LaneState } from "./lane.ts"
import type { ConnectionId } from "./link.ts"
import type { Malformed } from "./malformed.ts"

/** What the edge is to do, in this order. Plain data, as the events are. */
export type SessionEffect =
  /** Open a TCP connection. Exactly one "connected" or "closed" event follows, unless the session closes it before. */
  | ({ readonly kind: "dial"; readonly connection: ConnectionId } & DialPlan)
  /** One or more whole messages. Where the socket's buffer is full after it, a "congested" event follows, and later "drained". */
  | { readonly kind: "send"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  /**
   * Give the connection up: after everything before was sent ("flush", and not waiting longer than a few seconds for it), or at once. No
   * event of it counts any more.
   */
  | { readonly kind: "close"; readonly connection: ConnectionId; readonly how: "flush" | "abort" }
  /** The session is in another state, or in the same one for another reason. */
  | {
      readonly kind: "changed"
      readonly from: LaneState
      readonly to: LaneState
      readonly reason: ReasonCode
      readonly facts: Facts
    }
  /** Write it down, whole. `untold`: how many came since the last one that was told. */
  | ({ readonly kind: "malformed"; readonly untold: number } & Malformed)

export type DialPlan = {
  readonly to: Address
  readonly port: number
  /** The own address; undefined: as the routing table says. */
  readonly from: Address | undefined
  /** Interface or VRF device to bind to; undefined: none. */
  readonly device: string | undefined
  /** Least TTL or hop limit of the peer's packets (RFC 5082); undefined: any. What is sent has 255 in any case. */
  readonly leastTtl: number | undefined
  /** Whether the edge has to look up a password for this peer (RFC 2385). */
  readonly password: boolean
}
