import type { Endpoint } from "./endpoint.ts"
import type { Millis } from "./time.ts"
import type { PacketMessage, StreamMessage } from "./wire/message.ts"

/** What a node can learn. Packets and streams are already decrypted and decoded. */
export type MembershipEvent =
  /** The time asked for by `nextWake` has come; `due` is that time, so that a loop that stood still notices. */
  | { readonly kind: "tick"; readonly due: Millis }
  | { readonly kind: "packet"; readonly from: Endpoint; readonly messages: readonly PacketMessage[] }
  /** Somebody opened a connection and sent this. Exactly one answer or close effect for `stream` follows. */
  | { readonly kind: "request"; readonly stream: number; readonly from: Endpoint; readonly message: StreamMessage }
  /** The answer on a connection that a dial effect opened. */
  | { readonly kind: "reply"; readonly exchange: number; readonly message: StreamMessage }
  /** Such a connection could not be made, broke, timed out, or (`sent`) did all it was for. */
  | { readonly kind: "hangup"; readonly exchange: number; readonly sent: boolean }
  /** All speakers that the API knows, this one included or not. Replaces what was told before. */
  | { readonly kind: "peers"; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: "meta"; readonly meta: Uint8Array }
  /** Send a message of the speaker's own to one member. Unreliable ones must fit a packet. */
  | { readonly kind: "say"; readonly to: string; readonly payload: Uint8Array; readonly reliable: boolean }
  | { readonly kind: "leave"; readonly within: Millis }
