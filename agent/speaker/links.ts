import { parseAddress } from "../core/ip/parse.ts"
import type { IpFamily } from "../core/model.ts"
import { isLinkLocal } from "../core/net/ipv6.ts"
import { type Mac, parseMac } from "../core/net/mac.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { InterfaceAddress, Interfaces, InterfaceWatch, NetworkInterface } from "../ports/interfaces.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { IsExcluded } from "./excluded-interfaces.ts"

/** An interface that may be announced on. */
export type UsableLink = {
  readonly index: number
  readonly name: string
  readonly mac: Mac
  /** It has a carrier: what is sent now arrives somewhere. */
  readonly running: boolean
  /** What may be announced on it: one at least. */
  readonly families: readonly IpFamily[]
  /** IPv4 first, in the kernel's order. */
  readonly addresses: readonly InterfaceAddress[]
}

export type Links = {
  readonly now: () => readonly UsableLink[]
  /** Looks for the first time, and from then on. */
  readonly start: () => void
  /** Looks again soon. */
  readonly rescan: () => void
  readonly stop: () => void
}

/** rtnetlink tells many things about one change: they are awaited for this long. */
const quiet = 20
/** In case the kernel's message was lost, and to open the watch again after a failure. MetalLB looks as often. */
const scanEvery = 10_000

/**
 * Up, Ethernet, resolving addresses, and not the port of a bridge, bond or VRF. Bridges, bonds, VLANs and wireless interfaces are
 * Ethernet to whoever sends on them.
 */
export const usableLinks = (all: readonly NetworkInterface[], isExcluded: IsExcluded): readonly UsableLink[] =>
  all.flatMap(link => {
    const { index, name, mac, up, running, loopback, arp, ethernet, master, addresses } = link
    const parsed = mac === undefined ? undefined : parseMac(mac)
    const families = familiesOf(link)
    const fit = up && ethernet && arp && !loopback && master === undefined && !isExcluded(name) && families.length > 0
    return fit && parsed !== undefined ? [{ index, name, mac: parsed, running, families, addresses }] : []
  })

/** ARP needs broadcast. Without a link-local address the kernel does not speak IPv6 there, and no group can be joined (RFC 4291 section 2.1). */
const familiesOf = ({ broadcast, addresses }: NetworkInterface): readonly IpFamily[] => {
  const speaksIpv6 = addresses.some(({ address }) => {
    const parsed = parseAddress(address)
    return parsed?.family === "IPv6" && isLinkLocal(parsed.value)
  })
  return [...(broadcast ? (["IPv4"] as const) : []), ...(speaksIpv6 ? (["IPv6"] as const) : [])]
}

const printOf = (links: readonly UsableLink[]): string =>
  links
    .map(({ index, name, mac, running, families, addresses }) => {
      const texts = addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`)
      return `${index} ${name} ${mac.join(".")} ${running} ${families.join()} ${texts.join()}`
    })
    .join("\n")

/** Follows the interfaces of this host; `onScan` is called after every look, `changed` where it found something else than before. */
export const followLinks = (
  edges: { readonly interfaces: Interfaces; readonly clock: Clock; readonly log: Log },
  isExcluded: IsExcluded,
  onScan: (links: readonly UsableLink[], changed: boolean) => void,
): Links => {
  const { interfaces, clock, log } = edges
  let links: readonly UsableLink[] = []
  let watch: InterfaceWatch | undefined
  let soon: Timer | undefined
  let stopped = false

  const scan = () => {
    let found: readonly UsableLink[]
    try {
      found = usableLinks(interfaces.list(), isExcluded)
    } catch (error) {
      log.error("interfaces not read, the last known ones stay", { error: textOf(error) })
      return
    }
    if (printOf(found) === printOf(links)) return onScan(links, false)
    links = found
    const without = links.filter(({ families }) => !families.includes("IPv6")).map(({ name }) => name)
    log.info("interfaces to announce on", {
      interfaces: links.map(({ name, running }) => (running ? name : `${name} (no carrier)`)),
      ...(without.length === 0 ? {} : { withoutIPv6: without }),
    })
    onScan(links, true)
  }

  const rescan = () => {
    if (stopped || soon !== undefined) return
    soon = clock.after(quiet, () => {
      soon = undefined
      scan()
    })
  }

  const open = () => {
    try {
      watch ??= interfaces.watch(rescan, fault => {
        watch = undefined
        log.error("interfaces are no longer watched, they are looked at every 10 s", { error: fault.message })
      })
    } catch (error) {
      log.error("interfaces cannot be watched, they are looked at every 10 s", { error: textOf(error) })
    }
  }

  let regular: Timer | undefined
  const look = () => {
    open()
    scan()
    regular = clock.after(scanEvery, look)
  }
  return {
    now: () => links,
    start: look,
    rescan,
    stop: () => {
      stopped = true
      soon?.cancel()
      regular?.cancel()
      watch?.close()
    },
  }
}
