import { type Announcer, type AnnouncerEvent, announcerAtStart, step, type Wish } from "../core/announcer/announcer.ts"
import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { Ears } from "./ears.ts"
import type { UsableLink } from "./links.ts"

/** Sends the announcements that the core's announcer asks for, on one timer. */
export type Herald = {
  readonly own: (wishes: readonly Wish[]) => void
  readonly links: (links: readonly UsableLink[]) => void
  /** Announces an address once, now. */
  readonly once: (address: Address) => void
  readonly stop: () => void
}

/** `refreshEvery` in milliseconds; 0 for no refreshes. */
export const createHerald = (
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
  ears: Pick<Ears, "send">,
  refreshEvery: number,
): Herald => {
  const gratuitous = metrics.counter(
    "metallb_layer2_gratuitous_sent",
    "Gratuitous ARP frames and unsolicited neighbour advertisements.",
  )
  let state: Announcer = { ...announcerAtStart, refreshEvery }
  let timer: Timer | undefined
  let counted = new Set<string>()

  const take = (event: AnnouncerEvent) => {
    const now = clock.monotonic()
    const { next, effects, wakeAt } = step(state, event, now)
    state = next
    for (const { address, interface: name, frame } of effects) {
      const ip = formatAddress(address)
      if (ears.send(name, address.family, frame)) gratuitous.add({ ip })
      counted.add(ip)
    }
    timer?.cancel()
    timer = wakeAt === undefined ? undefined : clock.after(Math.max(0, wakeAt - now), () => take({ kind: "tick" }))
  }

  return {
    own: wishes => {
      const mine = new Set(wishes.map(({ address }) => formatAddress(address)))
      for (const ip of counted) if (!mine.has(ip)) gratuitous.remove({ ip })
      counted = new Set([...counted].filter(ip => mine.has(ip)))
      take({ kind: "own", wishes })
    },
    // What is sent without a carrier is lost, so a link that gets its carrier back counts as new.
    links: links => take({ kind: "links", links: links.filter(({ running }) => running) }),
    once: address => take({ kind: "once", addresses: [address] }),
    stop: () => timer?.cancel(),
  }
}
