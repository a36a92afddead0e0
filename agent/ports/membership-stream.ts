import type { Socket } from "node:net"
import type { PacketCrypto } from "../core/crypto.ts"
import type { Envelope } from "../core/membership/wire/envelope.ts"
import type { WireFault } from "../core/membership/wire/fault.ts"
import { wireLimits } from "../core/membership/wire/limits.ts"
import type { StreamMessage } from "../core/membership/wire/message.ts"
import { openStream, type Side } from "../core/membership/wire/stream.ts"

/** How the one message of a connection ended: read, refused, or never complete. */
export type Ending =
  | { readonly kind: "message"; readonly message: StreamMessage }
  | { readonly kind: "fault"; readonly fault: WireFault }
  | { readonly kind: "broken" }

/**
 * Collects what comes on a connection, `first` before all, until the message of `sender` is whole. BOUNDED: `wireLimits.streamBytes`; the caller
 * bounds the time.
 */
export const readMessage = (
  socket: Socket,
  first: Uint8Array,
  sender: Side,
  envelope: Envelope,
  crypto: PacketCrypto,
  done: (ending: Ending) => void,
): void => {
  let buffer = new Uint8Array(2048)
  let length = 0
  let open = true
  const end = (ending: Ending) => {
    if (!open) return
    open = false
    socket.off("data", take)
    done(ending)
  }
  const take = (chunk: Uint8Array) => {
    const wanted = Math.min(wireLimits.streamBytes, length + chunk.length)
    if (wanted > buffer.length) {
      const larger = new Uint8Array(Math.max(wanted, buffer.length * 2))
      larger.set(buffer.subarray(0, length))
      buffer = larger
    }
    buffer.set(chunk.subarray(0, wanted - length), length)
    length = wanted
    const read = openStream(buffer.subarray(0, length), sender, envelope, crypto)
    if (read.ok) end({ kind: "message", message: read.value })
    else if (read.fault !== "truncated") end({ kind: "fault", fault: read.fault })
  }
  socket.on("data", take)
  socket.once("end", () => end({ kind: "broken" }))
  socket.once("close", () => end({ kind: "broken" }))
  if (first.length > 0) take(first)
}
