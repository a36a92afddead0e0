import { type Claimed, lastClaim, step, type Watch, type WatchEvent, watchAtStart } from "../core/claimant/watch.ts"
import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { formatMac } from "../core/net/mac.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import type { Metrics } from "../ports/metrics.ts"

/** Watches for other stations that claim addresses of this node, on one timer. */
export type ClaimWatch = {
  readonly own: (addresses: readonly Address[]) => void
  /** `defend`: announce the address against it, too. */
  readonly claimed: (claim: Claimed, defend: boolean) => void
  /** Who claimed the address within the last ten minutes; `at` in milliseconds since the epoch. */
  readonly last: (address: Address) => (Claimed & { readonly at: number }) | undefined
  readonly stop: () => void
}

export type ClaimActions = {
  /** People should know: `message` names who claims what, and where. */
  readonly tell: (address: Address, message: string) => void
  /** Announce the address once. */
  readonly defend: (address: Address) => void
}

export const createClaimWatch = (
  { clock, metrics, log }: { readonly clock: Clock; readonly metrics: Metrics; readonly log: Log },
  actions: ClaimActions,
): ClaimWatch => {
  const claims = metrics.counter(
    "metallb_layer2_claims_received",
    "Claims of other stations to addresses of this node.",
  )
  const defences = metrics.counter("metallb_layer2_defences_sent", "Announcements against such claims.")
  let state: Watch = watchAtStart
  let timer: Timer | undefined

  const tell = ({ address, mac, interface: name }: Claimed) => {
    const facts = { address: formatAddress(address), mac: formatMac(mac), interface: name }
    log.warn("another station claims an address of this node", { reason: "ML342", ...facts })
    actions.tell(address, `${phraseOf("ML342", facts)} [ML342]`)
  }

  const take = (event: WatchEvent) => {
    const now = clock.monotonic()
    const { next, effects, wakeAt } = step(state, event, now)
    if (next === state) return
    state = next
    for (const effect of effects) {
      if (effect.kind === "tell") {
        tell(effect)
        continue
      }
      defences.add({ ip: formatAddress(effect.address) })
      actions.defend(effect.address)
    }
    timer?.cancel()
    timer = wakeAt === undefined ? undefined : clock.after(Math.max(0, wakeAt - now), () => take({ kind: "tick" }))
  }

  return {
    own: addresses => {
      const mine = new Set(addresses.map(formatAddress))
      for (const ip of state.owned.keys()) {
        if (mine.has(ip)) continue
        claims.remove({ ip })
        defences.remove({ ip })
      }
      take({ kind: "own", addresses })
    },
    claimed: (claim, defend) => {
      claims.add({ ip: formatAddress(claim.address) })
      take({ kind: "claim", ...claim, defend })
    },
    last: address => {
      const now = clock.monotonic()
      const claim = lastClaim(state, address, now)
      return claim && { ...claim, at: Math.trunc(clock.wall() - (now - claim.at)) }
    },
    stop: () => timer?.cancel(),
  }
}
