import { existsSync } from "node:fs"
import { join } from "node:path"

/** A socket opened by the addon; opaque, and of one kind only. */
export type Handle = { readonly kind: unique symbol }

/** What agent.node exports. Wrong arguments throw a TypeError, failed system calls what Node throws for its own. */
export type Addon = {
  /** Bit n is capability number n of linux/capability.h. */
  capsHeld(): CapabilitySets
  capsRaise(wanted: bigint): CapabilitySets
  linkDump(): { readonly links: readonly LinkRecord[]; readonly addresses: readonly AddressRecord[] }
  /** `errno` is 0 for "something changed". */
  linkWatch(changed: (errno: number) => void): Handle
  linkClose(handle: Handle): void
  /** Frees what malloc holds in reserve, and unmaps code pages of the program that come back when used. */
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
  packetFilter(handle: Handle, filter: Uint8Array): void
  packetJoin(handle: Handle, mac: Uint8Array): void
  packetLeave(handle: Handle, mac: Uint8Array): void
  packetClose(handle: Handle): void
}

/** With errno 0 a frame of at most `frameMax` bytes; otherwise the errno alone. */
export type PacketCallback = (errno: number, frame?: Buffer, packetType?: number, wireLength?: number) => void

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
