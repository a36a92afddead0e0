import { existsSync } from "node:fs"
import { join } from "node:path"

/** A socket opened by the addon; opaque, and of one kind only. */
export type Handle = { readonly kind: unique symbol }

/** What agent.node exports. Wrong arguments throw a TypeError, failed system calls what Node throws for its own. */
export type Addon = {
  /** Starts the thread that sends BFD's packets and notices silence. */
  bfdStart(told: BfdCallback): Handle
  /** The number of an ear on that port of one interface (0: of all), for IPv4 or IPv6 (4 or 6); at most 256. */
  bfdListen(handle: Handle, interfaceIndex: number, family: number, port: number): number
  bfdUnlisten(handle: Handle, ear: number): void
  /** The number of a line for one session, at most 1,024; addresses are 4 or 16 bytes, an interface of 0 is any. */
  bfdOpen(
    handle: Handle,
    ear: number,
    interfaceIndex: number,
    discriminator: number,
    lowestTtl: number,
    local: Uint8Array,
    localPort: number,
    peer: Uint8Array,
    peerPort: number,
  ): number
  bfdClose(handle: Handle, line: number): void
  /** Times in microseconds; packets have 24 bytes, or none for "nothing is sent" and "each is told". A detection of 0 is none. */
  bfdPlan(
    handle: Handle,
    line: number,
    packet: Uint8Array,
    interval: number,
    detection: number,
    heardAgo: number,
    expected: Uint8Array,
    tellAll: boolean,
  ): void
  /** 0, or the errno. An interval of 0 ends it; `filter` as in packetOpen, of at most 64 instructions. */
  bfdEcho(handle: Handle, line: number, interval: number, detection: number, filter: Uint8Array): number
  /** Sends 24 bytes now. 0, or the errno. */
  bfdSend(handle: Handle, line: number, packet: Uint8Array): number
  bfdCounts(handle: Handle, line: number): BfdCounts
  /** To be called at least every 3 s: a thread that is not wound any more falls silent. */
  bfdWind(handle: Handle): BfdHealth
  bfdStop(handle: Handle): void
  /** Bit n is capability number n of linux/capability.h. */
  capsHeld(): CapabilitySets
  capsRaise(wanted: bigint): CapabilitySets
  /** `address` is 4 or 16 bytes. The socket hears what comes in on the interface (0: on any) for that address and port. */
  datagramOpen(interfaceIndex: number, address: Uint8Array, port: number, received: DatagramCallback): Handle
  /** 0, or the errno. */
  datagramSend(handle: Handle, address: Uint8Array, port: number, bytes: Uint8Array): number
  datagramClose(handle: Handle): void
  /** A raw socket that hears ICMP echo replies; `family` is 4 or 6. For datagramSend, whose port is to be 58, and datagramClose. */
  echoOpen(family: number, received: DatagramCallback): Handle
  /** AES-GCM: a key of 16, 24 or 32 bytes, a nonce of 12; the ciphertext and, behind it, a tag of 16. */
  gcmSeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, authenticated: Uint8Array): Buffer
  /** The reverse; undefined where the tag does not fit. */
  gcmOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, authenticated: Uint8Array): Buffer | undefined
  /** A socket that holds memberships in multicast groups of IPv6. */
  groupOpen(faulted: (errno: number) => void): Handle
  /** `group` is 16 bytes. 0, or the errno: ENOMEM where the socket holds as many as it may. */
  groupJoin(handle: Handle, interfaceIndex: number, group: Uint8Array): number
  groupLeave(handle: Handle, interfaceIndex: number, group: Uint8Array): number
  groupClose(handle: Handle): void
  /** Starts the thread that sends heartbeats every `interval` milliseconds, 1 to 60,000, and hears those of others. */
  heartbeatStart(interval: number, told: HeartbeatCallback): Handle
  /** One to four keys of 32 bytes, one behind the other: the first one signs. */
  heartbeatKeys(handle: Handle, keys: Uint8Array): void
  /** To be called at least every 500 ms: a thread that is not wound any more falls silent. */
  heartbeatWind(handle: Handle): void
  /** Microseconds for which no two beats were further apart than two intervals; 0: the last one is longer ago. */
  heartbeatSteady(handle: Handle): number
  /**
   * The number of a new target, at most 64: `datagram` is a handle of datagramOpen and may be closed afterwards. `packet` has 35 to
   * 1,472 bytes; the thread writes sequence and tag.
   */
  heartbeatAim(handle: Handle, datagram: Handle, address: Uint8Array, port: number, packet: Uint8Array): number
  heartbeatClear(handle: Handle): void
  /** The number of an ear, at most 64. Heartbeats for what `datagram` is bound to, which is what follows it, go there from now on. */
  heartbeatListen(handle: Handle, datagram: Handle, interfaceIndex: number, address: Uint8Array, port: number): number
  /** Its watches end too. */
  heartbeatUnlisten(handle: Handle, ear: number): void
  /**
   * The number of a watch, at most 1,024: signed packets like this one, with a higher sequence each, are counted and not told. Times in
   * microseconds. Silence is told after `silence`, and again while it lasts.
   */
  heartbeatExpect(
    handle: Handle,
    ear: number,
    packet: Uint8Array,
    sequence: number,
    heardAgo: number,
    silence: number,
  ): number
  /** The last one, and microseconds since then; undefined where there is no such watch. `end`: the next one is told again. */
  heartbeatHeard(
    handle: Handle,
    watch: number,
    end: boolean,
  ): { readonly sequence: number; readonly age: number } | undefined
  heartbeatCounts(handle: Handle): HeartbeatCounts
  heartbeatStop(handle: Handle): void
  linkDump(): { readonly links: readonly LinkRecord[]; readonly addresses: readonly AddressRecord[] }
  /** `errno` is 0 for "something changed". */
  linkWatch(changed: (errno: number) => void): Handle
  linkClose(handle: Handle): void
  /** Frees what malloc holds in reserve, and unmaps pages of code and constants of the program that come back when used. */
  memoryTrim(): void
  /** `filter`: 1 to 2,000 instructions, each a struct sock_filter of 8 bytes in the machine's byte order. */
  packetOpen(
    interfaceIndex: number,
    etherType: number,
    frameMax: number,
    filter: Uint8Array,
    received: PacketCallback,
  ): Handle
  /** 0, or the errno. */
  packetSend(handle: Handle, frame: Uint8Array): number
  /**
   * ARP requests that are answered before they are told: `mac` is the interface's, `table` has entries of an IPv4 address (4 bytes) and the MAC that it
   * is at (6), ascending. None are before `packetLicense`.
   */
  packetAnswers(handle: Handle, mac: Uint8Array, table: Uint8Array): void
  /** When they may be: until, and what the kernel received since (ms of CLOCK_MONOTONIC) and has had for less than `freshFor` ms. */
  packetLicense(handle: Handle, until: number, since: number, freshFor: number): void
  packetFilter(handle: Handle, filter: Uint8Array): void
  packetJoin(handle: Handle, mac: Uint8Array): void
  packetLeave(handle: Handle, mac: Uint8Array): void
  packetClose(handle: Handle): void
  /**
   * A TCP socket's descriptor, for `net` to take. Family 4 or 6; `device` is UTF-8 and may be empty, as `address` may; a `leastTtl` of 0
   * takes any packet; `scope` is the interface of a link-local address.
   */
  streamOpen(
    family: number,
    device: Uint8Array,
    leastTtl: number,
    address: Uint8Array,
    port: number,
    scope: number,
  ): number
  /** TCP's MD5 signature towards an address; an empty key ends it, 80 bytes is the longest. */
  streamKey(descriptor: number, address: Uint8Array, key: Uint8Array): void
  /**
   * TTL or hop limit of the first packet of a connection that was accepted, 0 where the kernel did not keep it; from now on only packets
   * with `leastTtl` (1 to 255) or more are taken (RFC 5082).
   */
  streamSecure(descriptor: number, leastTtl: number): number
  streamClose(descriptor: number): void
}

/**
 * `kind` 0: a packet that `which` ear heard; 1: nothing was heard of the session with the discriminator `which`, 2: its echo
 * packets do not come back, 3: one came back. `age`: microseconds since the packet or the last sign of life.
 */
export type BfdCallback = (
  kind: number,
  which: number,
  age: number,
  bytes?: Buffer,
  length?: number,
  from?: string,
  to?: string,
  interfaceIndex?: number,
  ttl?: number,
) => void

/**
 * `alike`: packets like the last one, of which nothing is told. `heardAgo`: microseconds since the last sign of life, -1 without
 * one. `error`, `echoError`: errno of the last send, 0 for none.
 */
export type BfdCounts = {
  readonly sent: number
  readonly alike: number
  readonly heardAgo: number
  readonly failed: number
  readonly error: number
  readonly echoesSent: number
  readonly echoesReturned: number
  readonly echoesFailed: number
  readonly echoError: number
}

/** `latest`: the most microseconds that a packet was late since the last call. `dropped`: packets that were too many to tell. */
export type BfdHealth = { readonly latest: number; readonly dropped: number }

/** With errno 0 a datagram, its sender and how many microseconds ago the kernel received it; otherwise the errno alone. */
export type DatagramCallback = (errno: number, bytes?: Buffer, address?: string, port?: number, age?: number) => void

/** `kind` 0: a packet that nobody expects; 1: an expected one does not come; 2: the ear has the error `errno`. `age` in microseconds. */
export type HeartbeatCallback = (
  kind: number,
  ear: number,
  errno: number,
  bytes?: Buffer,
  address?: string,
  port?: number,
  age?: number,
) => void

/**
 * `empty`: not sent, since nobody wound the thread. `latest`: the most microseconds that a beat was late since the last call. `alike`:
 * heard and not told. `dropped`: packets that were too many to tell.
 */
export type HeartbeatCounts = {
  readonly sent: number
  readonly empty: number
  readonly failed: number
  readonly latest: number
  readonly alike: number
  readonly dropped: number
}

/** With errno 0 a frame of at most `frameMax` bytes; otherwise the errno alone. `answered`: -1 for no, else the errno of the reply. */
export type PacketCallback = (
  errno: number,
  frame?: Buffer,
  packetType?: number,
  wireLength?: number,
  age?: number,
  answered?: number,
) => void

export type CapabilitySets = { readonly effective: bigint; readonly permitted: bigint }

export type LinkRecord = {
  readonly index: number
  readonly name: string
  /** IFF_* bits of netdevice(7). */
  readonly flags: number
  /** ARPHRD_* of linux/if_arp.h; 1 is Ethernet. */
  readonly hardware: number
  readonly mtu: number
  readonly mac?: string
  readonly master?: number
}

export type AddressRecord = { readonly index: number; readonly address: string; readonly prefixLength: number }

/** Beside this file, where the bundle and the image have it, or where node-gyp puts it for the sources. */
const places = ["agent.node", "build/Release/agent.node"].map(place => join(import.meta.dirname, place))

/** Whether agent.node was built. */
export const hasAddon = (): boolean => places.some(place => existsSync(place))

/** Loads agent.node. Throws an Error that names where it was looked for. */
export function loadAddon(): Addon {
  const found = places.find(place => existsSync(place))
  if (found === undefined) {
    throw new Error(`the native addon is missing: looked for ${places.join(" and ")}; \`npm run build\` makes it`)
  }
  const loaded: { exports: unknown } = { exports: {} }
  // Not require: the bundle is CommonJS and the sources are ES modules, and this is the same in both.
  process.dlopen(loaded, found)
  return loaded.exports as Addon
}
