import type { SocketFault } from "./packet-socket.ts"

export type InterfaceAddress = {
  /** As the kernel writes it: 192.168.1.5, fe80::1. */
  readonly address: string
  readonly prefixLength: number
}

/** A network interface of this host as netdevice(7) and rtnetlink(7) describe it. */
export type NetworkInterface = {
  readonly index: number
  readonly name: string
  /** "02:00:00:00:00:01"; undefined where the link has no address of 6 bytes. */
  readonly mac: string | undefined
  readonly mtu: number
  /** Set up by the administrator (IFF_UP). */
  readonly up: boolean
  /** A cable is plugged in and something answers at its other end (IFF_RUNNING). */
  readonly running: boolean
  readonly broadcast: boolean
  readonly loopback: boolean
  /** False where the link resolves no addresses (IFF_NOARP). */
  readonly arp: boolean
  /** Frames are Ethernet frames (ARPHRD_ETHER). */
  readonly ethernet: boolean
  /** Index of the bridge, bond or VRF this is a port of. */
  readonly master: number | undefined
  /** IPv4 first, in the kernel's order. */
  readonly addresses: readonly InterfaceAddress[]
}

export type InterfaceWatch = { readonly close: () => void }

export type Interfaces = {
  /** All interfaces of the network namespace, by index. Reads the kernel now: about 0.1 ms for a few. Throws an Error with `code`. */
  readonly list: () => readonly NetworkInterface[]
  /**
   * Calls `changed` when a link or an address appeared, changed or went, some time after it did and possibly many times for one
   * change: wait for quiet, then call `list`. After `failed` the watch tells nothing more. Until `close` it keeps the
   * process alive. Throws an Error with `code`.
   */
  readonly watch: (changed: () => void, failed: (fault: SocketFault) => void) => InterfaceWatch
}
