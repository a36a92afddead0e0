import { addressBytes as bytesOf } from "../core/ip/bytes.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { Addon, Handle } from "../native/addon.ts"
import type { LinkListener, LinkSocket, LinkSockets } from "./link-socket.ts"
import { faultOf } from "./socket-fault.ts"

/** A socket that the heartbeat thread can send on. */
export type NativeLinkSocket = LinkSocket & { readonly handle: Handle }

/** BOUNDED: forgotten when there are more. */
const mostKnown = 1_024

/** UDP sockets of Linux that are bound to an interface, through the addon. */
export const nativeLinkSockets = (addon: Addon): LinkSockets<NativeLinkSocket> => ({
  open: ({ interfaceIndex, address, port }, listener) => {
    let open = true
    // The same few are sent to again and again, and reading an address costs more than sending to it.
    const known = new Map<string, Uint8Array>()
    const bytesFor = (to: string): Uint8Array => {
      const found = known.get(to)
      if (found !== undefined) return found
      if (known.size === mostKnown) known.clear()
      const bytes = addressBytes(to)
      known.set(to, bytes)
      return bytes
    }
    const handle = addon.datagramOpen(interfaceIndex, addressBytes(address), port, (errno, ...datagram) => {
      if (open) tell(listener, errno, ...datagram)
    })
    return {
      handle,
      send: (bytes, to, toPort) => {
        const errno = addon.datagramSend(handle, bytesFor(to), toPort, bytes)
        return errno === 0 ? undefined : faultOf(errno, "sendto(UDP)")
      },
      close: () => {
        open = false
        addon.datagramClose(handle)
      },
    }
  },
})

/** 4 or 16 bytes in network order. Throws a TypeError for a text that is no address. */
export const addressBytes = (text: string): Uint8Array => {
  const address = parseAddress(text)
  if (address === undefined) throw new TypeError(`"${text}" is no IP address`)
  return bytesOf(address)
}

const tell = (
  listener: LinkListener,
  errno: number,
  bytes?: Uint8Array,
  address?: string,
  port?: number,
  age?: number,
): void => {
  if (bytes === undefined) listener.faulted(faultOf(errno, "recvmsg(UDP)"))
  else listener.received({ bytes, address: address ?? "", port: port ?? 0, age: (age ?? 0) / 1_000 })
}
