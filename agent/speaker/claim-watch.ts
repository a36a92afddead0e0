import { type Claimed, step, type Watch, type WatchEvent, watchAtStart } from "../core/claimant/watch.ts"
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
  readonly claimed: (claim: Claimed) => void
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

  const take = (event: WatchEvent) => {
    const now = clock.monotonic()
    const { next, effects, wakeAt } = step(state, event, now)
    if (next === state) return
    state = next
    for (const effect of effects) {
      const ip = formatAddress(effect.address)
      if (effect.kind === "defend") {
        defences.add({ ip })
        actions.defend(effect.address)
        continue
      }
      const facts = { address: ip, mac: formatMac(effect.mac), interface: effect.interface }
      log.warn("another station claims an address of this node", { reason: "ML342", ...facts })
      actions.tell(effect.address, `${phraseOf("ML342", facts)} [ML342]`)
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
    claimed: claim => {
      claims.add({ ip: formatAddress(claim.address) })
      take({ kind: "claim", ...claim })
    },
    stop: () => timer?.cancel(),
  }
}
