import type { Endpoint } from "./endpoint.ts"
import type { Member } from "./member.ts"
import type { Mode } from "./state.ts"
import type { Millis } from "./time.ts"

/** "left" is what a node said of itself, "dead" is what others concluded. */
export type Change = "joined" | "updated" | "suspected" | "cleared" | "dead" | "left"

/** What the edge is to do. */
export type Effect =
  /** One packet of these encoded messages (1 to 255); `checksum` where the receiver can read one. */
  | {
      readonly kind: "send"
      readonly to: Endpoint
      readonly messages: readonly Uint8Array[]
      readonly checksum: boolean
    }
  /** Open a connection, send `message`, and report a reply event (or, without `expectsReply`, a hangup) until `until`. */
  | {
      readonly kind: "dial"
      readonly exchange: number
      readonly to: Endpoint
      readonly message: Uint8Array
      readonly expectsReply: boolean
      readonly until: Millis
    }
  /** Send `message` on a stream that was requested and close it. */
  | { readonly kind: "answer"; readonly stream: number; readonly message: Uint8Array }
  | { readonly kind: "close"; readonly stream: number }
  /** A member changed. `after` is how long a suspect had been one when it was declared dead or cleared. */
  | { readonly kind: "member"; readonly change: Change; readonly member: Member; readonly after: Millis }
  /** A message of another speaker; whoever holds the key may have sent it, the payload must say whose it is. */
  | { readonly kind: "heard"; readonly from: Endpoint; readonly payload: Uint8Array }
  | { readonly kind: "mode"; readonly mode: Mode }
  /** The others have been told; the sockets can be closed. */
  | { readonly kind: "left" }
