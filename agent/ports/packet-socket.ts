import type { Program } from "../core/bpf/program.ts"

/** A system call that failed on a socket that is open: `code` is the errno's name ("ENETDOWN"), `message` a sentence. */
export type SocketFault = { readonly code: string; readonly message: string }

/** Whom a frame was sent to, seen from this host: PACKET_* of packet(7). */
export type Audience = "host" | "broadcast" | "multicast" | "other-host"

export type ReceivedFrame = {
  /** From the Ethernet header on; the listener may keep it. */
  readonly bytes: Uint8Array
  /** True where the frame was longer than `frameMax`, and the rest of it is lost. */
  readonly truncated: boolean
  readonly audience: Audience
  /** Milliseconds since the kernel received it: over 100 says that this process stood still. 0 where a clock was set back. */
  readonly age: number
  /** It was answered already, as `setAnswers` says, and this is what became of the reply. */
  readonly answered?: { readonly fault: SocketFault | undefined }
}

/** When a request may be answered before anybody has looked at it. Instants are of `Clock.monotonic`. */
export type Licence = {
  /** The process is known to turn until then; later it may have stood still. */
  readonly until: number
  /** What the kernel received before is not answered. */
  readonly since: number
  /** Nor what it has had for so many milliseconds. */
  readonly freshFor: number
}

export type PacketListener = {
  readonly received: (frame: ReceivedFrame) => void
  /**
   * ENETDOWN: the link is down; the socket hears again by itself once it is up. The same code comes when the interface was
   * removed while it was up, after which the socket hears nothing any more, and nothing at all comes when it was removed while down:
   * whether it still exists is for `Interfaces` to say. EIO: the socket fell silent for a reason the kernel does not tell,
   * and should be closed. Closing it here is allowed.
   */
  readonly faulted: (fault: SocketFault) => void
}

export type PacketRequest = {
  /** The kernel's number of the interface, 1 or more: names are reused, numbers are not. */
  readonly interfaceIndex: number
  /** 0x0600 to 0xffff, as in the Ethernet header: 0x0806 is ARP. */
  readonly etherType: number
  /** Bytes of a frame that are handed over, 14 to 16,384. */
  readonly frameMax: number
  /** 1 to 1,997 instructions. No frame that it drops wakes the process, and none of an interface on top of this one (a VLAN of it). */
  readonly filter: Program
}

export type PacketSocket = {
  /**
   * Sends one whole Ethernet frame without waiting. A fault is returned, since a link that is down is an everyday event:
   * ENETDOWN, ENXIO (the interface is gone), ENOBUFS or EAGAIN (its queue is full), EMSGSIZE (longer than the MTU), EBADF (closed).
   */
  readonly send: (frame: Uint8Array) => SocketFault | undefined
  /**
   * ARP requests for these addresses (IPv4, as numbers) are answered with these MACs in place of what was said before, and then told: as `respond` of
   * core/arp would from the interface with this MAC, only sooner. Never before `license` was called.
   */
  readonly setAnswers: (mac: Uint8Array, at: ReadonlyMap<number, Uint8Array>) => void
  readonly license: (licence: Licence) => void
  /** Replaces the filter at once; no frame passes unfiltered. Throws an Error with `code` where the kernel refuses it. */
  readonly setFilter: (filter: Program) => void
  /** Lets a multicast MAC (6 bytes) into the interface; counted by the kernel. Throws an Error with `code`. */
  readonly join: (mac: Uint8Array) => void
  readonly leave: (mac: Uint8Array) => void
  /** No callback runs after it. Closing twice is allowed. */
  readonly close: () => void
}

export type PacketSockets = {
  /**
   * Opens a socket for one EtherType on one interface. Until `close` it keeps the process alive.
   * Throws an Error with `code`: EPERM without CAP_NET_RAW, ENODEV for an interface that does not exist.
   * On a link that is down it opens, reports ENETDOWN, and hears once the link is up.
   */
  readonly open: (request: PacketRequest, listener: PacketListener) => PacketSocket
}
