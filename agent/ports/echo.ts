import type { IpFamily } from "../core/model.ts"
import type { SocketFault } from "./packet-socket.ts"

/** Sends ICMP messages of one family and hears echo replies, whoever asked for them. */
export type EchoSocket = {
  readonly send: (bytes: Uint8Array, address: string) => SocketFault | undefined
  /** No callback runs after it. Closing twice is allowed. */
  readonly close: () => void
}

export type EchoSockets = {
  /** Until `close` it keeps the process alive. Throws an Error with `code`: EPERM without CAP_NET_RAW. */
  readonly open: (family: IpFamily, received: (bytes: Uint8Array, address: string) => void) => EchoSocket
}
