import { annotationOf, recordedPool } from "../allocate/annotations.ts"
import { advertisementDoubtOf, isForRoutersAlone, takenOverDoubtOf } from "../allocate/doubt.ts"
import type { L2Advertisement } from "../config/model.ts"
import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { matchesAny } from "../labels/match.ts"
import type { Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { type AnnounceContext, poolContaining } from "./context.ts"

/** Which advertisements cover the addresses of a service. */
export type Coverage =
  | {
      readonly ok: true
      readonly advertisements: readonly L2Advertisement[]
      /** Why it is announced though no valid object says so; undefined in the ordinary case. */
      readonly doubt: string | undefined
    }
  | { readonly ok: false; readonly reason: ReasonCode; readonly facts: Facts }

/**
 * The advertisements of the pool that select the service. Where the configuration is in doubt, an address that this
 * installation gave stays announced as the advertisements of the pool that gave it say or, where none is known and links are used at all, from every node.
 */
export const coverageOf = (service: Service, addresses: readonly Address[], context: AnnounceContext): Coverage => {
  const { verdict } = context.input
  const found = poolContaining(context.pools, addresses)
  const recorded = recordedPool(service)
  if (found === undefined) {
    const doubt = recorded === undefined ? undefined : context.poolDoubt
    if (doubt === undefined) return { ok: false, reason: "ML314", facts: { addresses: addresses.map(formatAddress) } }
    const pool = recorded ?? ""
    const known = context.advertisements.get(pool) ?? []
    if (known.length === 0 && isForRoutersAlone(verdict, pool)) return { ok: false, reason: "ML310", facts: { pool } }
    return selected(service, known.length > 0 ? known : [everywhere], doubt)
  }
  const takenOver = takenOverDoubtOf(service, found, verdict)
  const pool = takenOver === undefined || recorded === undefined ? found.name : recorded
  const known = context.advertisements.get(pool) ?? []
  if (known.length > 0) return selected(service, known, takenOver)
  const doubt = recorded === undefined ? undefined : advertisementDoubtOf(verdict, pool)
  return doubt === undefined ? { ok: false, reason: "ML310", facts: { pool } } : selected(service, [everywhere], doubt)
}

/** Spec 5.3, rows 2 and 3. */
const selected = (service: Service, known: readonly L2Advertisement[], doubt: string | undefined): Coverage => {
  const matching = known.filter(
    ({ serviceSelectors }) => serviceSelectors.length === 0 || matchesAny(serviceSelectors, service.labels),
  )
  const bySelector = matching.filter(({ serviceSelectors }) => serviceSelectors.length > 0)
  if (bySelector.length > 0 && annotationOf(service, "allow-shared-ip") !== undefined) {
    return { ok: false, reason: "ML313", facts: { advertisements: namesOf(bySelector) } }
  }
  if (matching.length === 0) return { ok: false, reason: "ML311", facts: { advertisements: namesOf(known) } }
  return { ok: true, advertisements: matching, doubt }
}

export const namesOf = (advertisements: readonly L2Advertisement[]): readonly string[] =>
  advertisements.slice(0, 16).map(advertisement => advertisement.name)

const everywhere: L2Advertisement = {
  name: "",
  source: "resource",
  pools: new Set(),
  nodeSelectors: [],
  serviceSelectors: [],
  interfaces: [],
  preferredNodeSelectors: [],
}
