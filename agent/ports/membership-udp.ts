import { createSocket } from "node:dgram"
import type { Endpoint } from "../core/membership/endpoint.ts"

export type Udp = {
  /** Sends one datagram; whether it got through is for the protocol to find out. */
  readonly send: (bytes: Uint8Array, to: Endpoint) => void
  readonly close: () => Promise<void>
}

export type UdpHandlers = {
  readonly onPacket: (bytes: Uint8Array, from: Endpoint) => void
  readonly onSendError: (to: Endpoint, error: Error) => void
  readonly onError: (error: Error) => void
}

/** Room for a burst of packets while the loop is busy; the kernel grants at most net.core.rmem_max. */
const receiveBuffer = 1024 * 1024

/** Listens on one address. Rejects with the system's error where that cannot be had. */
export const openUdp = (bind: Endpoint, handlers: UdpHandlers): Promise<Udp> =>
  new Promise((resolve, reject) => {
    const family = bind.address.includes(":") ? 6 : 4
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      ipv6Only: family === 6,
      // The detector's sockets, each on one interface, share the port; that no second speaker does is seen by TCP.
      reuseAddr: true,
      recvBufferSize: receiveBuffer,
      // Every name is an address here: a resolver would only cost time.
      lookup: (host, _, done) => done(null, host, family),
    })
    const close = () => new Promise<void>(done => socket.close(() => done()))
    socket.once("error", reject)
    socket.on("message", ({ buffer, byteOffset, byteLength }, from) =>
      handlers.onPacket(new Uint8Array(buffer, byteOffset, byteLength), { address: from.address, port: from.port }),
    )
    socket.bind({ address: bind.address, port: bind.port }, () => {
      socket.off("error", reject)
      socket.on("error", handlers.onError)
      resolve({
        close,
        send: (bytes, to) =>
          socket.send(bytes, to.port, to.address, error => {
            if (error !== null) handlers.onSendError(to, error)
          }),
      })
    })
  })
