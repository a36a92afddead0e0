import type { Pool } from "../config/model.ts"
import { formatSelector } from "../labels/format.ts"
import { matchesAny } from "../labels/match.ts"
import type { Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"

export type Refusal = { readonly reason: ReasonCode; readonly facts: Facts }

/**
 * Why the pool does not serve this service at all; undefined where it does. Namespace and labels must both allow it;
 * inside each list one match is enough. Unlike in MetalLB, namespaceSelectors that match no namespace mean that no
 * namespace may use the pool, not that every one may.
 */
export const refusalOf = (pool: Pool, service: Service): Refusal | undefined => {
  const { restriction } = pool
  if (restriction === undefined) return undefined
  const { namespaces, serviceSelectors } = restriction
  if (namespaces !== undefined && !namespaces.has(service.namespace)) {
    return {
      reason: "ML104",
      facts: { pool: pool.name, namespace: service.namespace, allowed: [...namespaces].sort().slice(0, maxNames) },
    }
  }
  if (serviceSelectors.length > 0 && !matchesAny(serviceSelectors, service.labels)) {
    return {
      reason: "ML105",
      facts: { pool: pool.name, selectors: serviceSelectors.slice(0, maxNames).map(formatSelector) },
    }
  }
  return undefined
}

/**
 * Why the pool gives this service no new address; undefined where it may. Only for addresses that the service does not
 * hold yet: whoever holds one keeps it while the pool drains.
 */
export const newRefusalOf = (pool: Pool, service: Service): Refusal | undefined =>
  refusalOf(pool, service) ?? (pool.drain === true ? drainRefusal(pool) : undefined)

/** The service fits, and the pool is being emptied. */
export const drainRefusal = (pool: Pool): Refusal => ({ reason: "ML140", facts: { pool: pool.name } })

/** Facts go into events and traces, so lists in them are cut. */
const maxNames = 16
