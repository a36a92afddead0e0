import type { Hops } from "../core/bfd/demultiplex.ts"
import type { Plan } from "../core/bfd/plan.ts"
import type { Address } from "../core/ip/address.ts"
import type { IpFamily } from "../core/model.ts"
import type { Millis } from "./clock.ts"
import type { SocketFault } from "./packet-socket.ts"

/** A socket that hears BFD's port of single or multi hop sessions. */
export type BfdEar = { readonly hops: Hops; readonly vrf: string; readonly close: () => void }

export type BfdEarRequest = {
  readonly hops: Hops
  readonly family: IpFamily
  /** Of the interface, which is the VRF's own device over several hops; "" is the default one. */
  readonly vrf: string
  /** undefined: on every interface of the default VRF. */
  readonly interfaceIndex: number | undefined
}

export type BfdDatagram = {
  readonly ear: BfdEar
  /** At most the first 64. */
  readonly bytes: Uint8Array
  readonly from: Address
  /** The address of ours that it was sent to. */
  readonly to: Address
  readonly interfaceIndex: number
  readonly ttl: number
  /** Monotonic; when the kernel received it. */
  readonly at: Millis
}

/** Sessions are named by their discriminators. All comes in the order in which it happened. */
export type BfdWireListener = {
  readonly received: (datagram: BfdDatagram) => void
  /** Nothing was heard for the plan's detection time; the last sign of life came at `since`. */
  readonly silent: (discriminator: number, since: Millis) => void
  readonly echoLost: (discriminator: number) => void
  /** Told of each until the plan has a detection time for them. */
  readonly echoReturned: (discriminator: number) => void
}

export type BfdLineRequest = {
  readonly ear: BfdEar
  readonly discriminator: number
  /** Leaves by this interface, or VRF, alone; undefined: as the kernel routes it. */
  readonly interfaceIndex: number | undefined
  /** 0.0.0.0 or ::, where the kernel is to choose. */
  readonly local: Address
  readonly peer: Address
  readonly lowestTtl: number
}

/** What was sent and heard on a line. `alike`: packets like the last one, of which nothing was told. */
export type BfdLineCounts = {
  readonly sent: number
  readonly alike: number
  /** Monotonic; when the last sign of life came. */
  readonly heardAt: Millis | undefined
  readonly failed: number
  readonly echoesSent: number
  readonly echoesReturned: number
  /** Why the last packet could not be sent; undefined once one could. */
  readonly fault: SocketFault | undefined
  readonly echoFault: SocketFault | undefined
}

/** One session on the wire. */
export type BfdLine = {
  /** The port that all of its packets come from, 49152 to 65535. */
  readonly localPort: number
  /** From now on. A fault is that echo packets cannot be sent at all; the rest of the plan holds. */
  readonly setPlan: (plan: Plan) => SocketFault | undefined
  /** Sends 24 bytes at once. */
  readonly send: (packet: Uint8Array) => SocketFault | undefined
  readonly counts: () => BfdLineCounts
  readonly close: () => void
}

/**
 * BFD's sockets, and a thread that sends and listens at the times of the plans while the event loop is busy. It exists from
 * the first session to the last.
 */
export type BfdWire = {
  /** Throws an Error with `code`: EADDRINUSE where another program has the port to itself, ENODEV, EPERM. */
  readonly listen: (request: BfdEarRequest) => BfdEar
  /** Throws an Error with `code`: EADDRNOTAVAIL where `local` is not ours, ENODEV, ENOSPC for more than 1,024 sessions. */
  readonly open: (request: BfdLineRequest) => BfdLine
  /**
   * Says that the event loop turns; without it for 3 s the thread falls silent and the peers notice. Returns by how many
   * milliseconds a packet was late at most since the last call, and how many that were too many to tell were dropped.
   */
  readonly wind: () => { readonly latest: Millis; readonly dropped: number }
  /** Ends thread and sockets; no callback comes after it. */
  readonly stop: () => void
}

/** Starts the thread. Throws an Error with `code`: EAGAIN where no thread can be had. */
export type StartBfdWire = (listener: BfdWireListener) => BfdWire
