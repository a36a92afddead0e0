import { writeIpv6Address } from "../core/net/ipv6.ts"
import type { Addon, Handle } from "../native/addon.ts"
import type { MulticastGroups } from "./multicast-groups.ts"
import { faultOf } from "./socket-fault.ts"

/**
 * Memberships that one socket holds. The kernel charges each to the socket (struct ipv6_mc_socklist): 56 bytes on Linux 6.18, where the
 * smallest net.core.optmem_max in use, 20,480, allows 365; earlier kernels keep a lock in it, up to 72 bytes: 256 x 72 =
 * 18,432. A thousand addresses need four sockets.
 */
export const membershipsPerSocket = 256

type Shelf = { readonly handle: Handle; readonly held: Set<string> }

/** Memberships through the addon, over as many sockets as they need. */
export const nativeMulticastGroups = (addon: Addon): MulticastGroups => {
  /** BOUNDED by the memberships: a socket that holds none is closed. */
  const shelves = new Set<Shelf>()

  const drop = (shelf: Shelf) => {
    shelves.delete(shelf)
    addon.groupClose(shelf.handle)
  }
  const open = (): Shelf => {
    // A socket without a port hears nothing; should the kernel find fault with it, its memberships are joined anew by whoever looks again.
    const shelf: Shelf = { handle: addon.groupOpen(() => drop(shelf)), held: new Set() }
    shelves.add(shelf)
    return shelf
  }
  const keyOf = (interfaceIndex: number, group: bigint) => `${interfaceIndex} ${group}`

  return {
    join: (interfaceIndex, group) => {
      const key = keyOf(interfaceIndex, group)
      if ([...shelves].some(({ held }) => held.has(key))) return
      const shelf = [...shelves].find(({ held }) => held.size < membershipsPerSocket) ?? open()
      const errno = addon.groupJoin(shelf.handle, interfaceIndex, bytesOf(group))
      if (errno === 0) return void shelf.held.add(key)
      if (shelf.held.size === 0) drop(shelf)
      const { code, message } = faultOf(errno, "setsockopt(IPV6_JOIN_GROUP)")
      throw Object.assign(new Error(message), { code })
    },
    leave: (interfaceIndex, group) => {
      const key = keyOf(interfaceIndex, group)
      for (const shelf of shelves) {
        if (!shelf.held.delete(key)) continue
        // Whatever it answers the membership is gone: EADDRNOTAVAIL says that it went with its interface.
        addon.groupLeave(shelf.handle, interfaceIndex, bytesOf(group))
        if (shelf.held.size === 0) drop(shelf)
      }
    },
    close: () => {
      for (const shelf of [...shelves]) drop(shelf)
    },
  }
}

const bytesOf = (group: bigint): Uint8Array => {
  const bytes = new Uint8Array(16)
  writeIpv6Address(new DataView(bytes.buffer), 0, group)
  return bytes
}
