import { type Mac, parseMac } from "../core/net/mac.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { Interfaces, InterfaceWatch, NetworkInterface } from "../ports/interfaces.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { IsExcluded } from "./excluded-interfaces.ts"

/** An interface that may be announced on. */
export type UsableLink = {
  readonly index: number
  readonly name: string
  readonly mac: Mac
  /** It has a carrier: what is sent now arrives somewhere. */
  readonly running: boolean
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

/** Up, Ethernet with broadcast and ARP, and not the port of a bridge, bond or VRF. */
export const usableLinks = (all: readonly NetworkInterface[], isExcluded: IsExcluded): readonly UsableLink[] =>
  all.flatMap(({ index, name, mac, up, running, broadcast, loopback, arp, ethernet, master }) => {
    const parsed = mac === undefined ? undefined : parseMac(mac)
    const fit = up && ethernet && broadcast && arp && !loopback && master === undefined && !isExcluded(name)
    return fit && parsed !== undefined ? [{ index, name, mac: parsed, running }] : []
  })

const printOf = (links: readonly UsableLink[]): string =>
  links.map(({ index, name, mac, running }) => `${index} ${name} ${mac.join(".")} ${running}`).join("\n")

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
    log.info("interfaces to announce on", {
      interfaces: links.map(({ name, running }) => (running ? name : `${name} (no carrier)`)),
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
