import type { Addon, AddressRecord, LinkRecord } from "../native/addon.ts"
import type { Interfaces, NetworkInterface } from "./interfaces.ts"
import { faultOf } from "./socket-fault.ts"

/** The kernel's interfaces by rtnetlink, through the addon. */
export const nativeInterfaces = (addon: Addon): Interfaces => ({
  list: () => {
    const { links, addresses } = addon.linkDump()
    return links.map(link => describe(link, addresses)).sort((a, b) => a.index - b.index)
  },
  watch: (changed, failed) => {
    let open = true
    const close = () => {
      open = false
      addon.linkClose(handle)
    }
    const handle = addon.linkWatch(errno => {
      if (!open) return
      if (errno === 0) return changed()
      close()
      failed(faultOf(errno, "recv(AF_NETLINK)"))
    })
    return { close }
  },
})

/** IFF_* of linux/if.h and ARPHRD_ETHER of linux/if_arp.h. */
const flag = { up: 0x1, broadcast: 0x2, loopback: 0x8, running: 0x40, noArp: 0x80 } as const
const ethernet = 1

const describe = (link: LinkRecord, addresses: readonly AddressRecord[]): NetworkInterface => {
  const has = (bit: number) => (link.flags & bit) !== 0
  return {
    index: link.index,
    name: link.name,
    mac: link.mac,
    mtu: link.mtu,
    up: has(flag.up),
    running: has(flag.running),
    broadcast: has(flag.broadcast),
    loopback: has(flag.loopback),
    arp: !has(flag.noArp),
    ethernet: link.hardware === ethernet,
    master: link.master,
    addresses: addresses
      .filter(({ index }) => index === link.index)
      .map(({ address, prefixLength }) => ({ address, prefixLength })),
  }
}
