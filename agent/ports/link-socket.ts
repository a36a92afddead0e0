import type { SocketFault } from "./packet-socket.ts"

/** A datagram that came in on the interface that its socket is bound to. */
export type ReceivedDatagram = {
  /** The listener may keep it. */
  readonly bytes: Uint8Array
  readonly address: string
  readonly port: number
  /** Milliseconds since the kernel received it: over 100 says that this process stood still. 0 where a clock was set back. */
  readonly age: number
}

export type LinkListener = {
  readonly received: (datagram: ReceivedDatagram) => void
  /** ECONNREFUSED and EHOSTUNREACH tell of an earlier datagram; ENODEV: the interface is gone. */
  readonly faulted: (fault: SocketFault) => void
}

export type LinkRequest = {
  /** The kernel's number of the interface; 0 for all of them. */
  readonly interfaceIndex: number
  /** An address of that interface. */
  readonly address: string
  readonly port: number
}

/** A UDP socket that hears one interface alone, and sends on it alone. */
export type LinkSocket = {
  readonly send: (bytes: Uint8Array, address: string, port: number) => SocketFault | undefined
  /** No callback runs after it. Closing twice is allowed. */
  readonly close: () => void
}

export type LinkSockets<Socket extends LinkSocket = LinkSocket> = {
  /**
   * Opens a socket that shares its port with others (SO_REUSEADDR): what comes in on the interface for that address and port
   * comes here, the membership's packets too, and is to be passed on. Until `close` it keeps the process alive. Throws an
   * Error with `code`: EADDRNOTAVAIL, EADDRINUSE (the other socket does not share), ENODEV, EPERM.
   */
  readonly open: (request: LinkRequest, listener: LinkListener) => Socket
}
