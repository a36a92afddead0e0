import type { Endpoint } from "../core/membership/endpoint.ts"
import type { LinkSockets } from "./link-socket.ts"

export type Udp = {
  /** Sends one datagram; whether it got through is for the protocol to find out. */
  readonly send: (bytes: Uint8Array, to: Endpoint) => void
  readonly close: () => void
}

export type UdpHandlers = {
  readonly onPacket: (bytes: Uint8Array, from: Endpoint) => void
  readonly onSendError: (to: Endpoint, error: Error) => void
  readonly onError: (error: Error) => void
}

/**
 * Listens on one address. Throws the system's error where that cannot be had. The detector's sockets, each on one interface, share the
 * port; that no second speaker does is seen by TCP. Sending takes one system call, where `node:dgram` makes a request that the event loop
 * comes back to.
 */
export const openUdp = (bind: Endpoint, sockets: LinkSockets, handlers: UdpHandlers): Udp => {
  const socket = sockets.open(
    { interfaceIndex: 0, ...bind },
    {
      // Without Buffer's own methods, some of which differ from what the core expects.
      received: ({ bytes: { buffer, byteOffset, byteLength }, address, port }) =>
        handlers.onPacket(new Uint8Array(buffer, byteOffset, byteLength), { address, port }),
      faulted: ({ message }) => handlers.onError(new Error(message)),
    },
  )
  return {
    close: socket.close,
    send: (bytes, to) => {
      const fault = socket.send(bytes, to.address, to.port)
      if (fault !== undefined) handlers.onSendError(to, new Error(fault.message))
    },
  }
}
