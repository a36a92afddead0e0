import type { Address } from "../ip/address.ts"
import { sameAddress } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import { keyOf, type Terms } from "./claim.ts"
import { brokenRecordDoubtOf, type Doubts, takenOverDoubtOf } from "./doubt.ts"
import { type Refusal, refusalOf } from "./eligible.ts"
import { type Ledger, poolOf, usageOf } from "./ledger.ts"
import { locate, type PoolEntry } from "./pool-table.ts"
import type { Request, Stack } from "./request.ts"
import { conflictOn } from "./usage.ts"

/** How the addresses that a service has stand. */
export type Standing =
  /** They may stay. */
  | { readonly kind: "good"; readonly entry: PoolEntry }
  /** No pool lets it have them, and the configuration does not say that on purpose. */
  | { readonly kind: "doubtful"; readonly facts: Facts }
  /** They must go. */
  | { readonly kind: "lost"; readonly why: Refusal }

/**
 * Whether the configuration and the other services let a service keep addresses: all in one pool that serves it and
 * does not avoid them, and nobody with a better right on one of them. A pool that took addresses over from a broken one
 * decides nothing against whoever was given them by that.
 */
export const standingOf = (
  service: Service,
  addresses: readonly Address[],
  terms: Terms,
  ledger: Ledger,
  doubts: Doubts,
): Standing => {
  const entry = poolOf(ledger, addresses)
  const lost = lostTo(service, addresses, terms, ledger)
  const takenOver = lost === undefined ? takenOverFrom(service, addresses, ledger, doubts) : undefined
  if (takenOver !== undefined) {
    return { kind: "doubtful", facts: { addresses: addresses.map(formatAddress), doubt: takenOver } }
  }
  if (entry === undefined) return outsidePools(addresses, ledger, doubts.doubt)
  const why = refusalOf(entry.pool, service) ?? lost
  return why === undefined ? { kind: "good", entry } : { kind: "lost", why }
}

/** Addresses that one pool avoids, or that lie in several, cannot stand as those of the pools that have them. */
const takenOverFrom = (
  service: Service,
  addresses: readonly Address[],
  ledger: Ledger,
  { verdict }: Doubts,
): string | undefined => {
  if (verdict === undefined || verdict.brokenPools.length === 0) return undefined
  const doubtOf = poolOf(ledger, addresses) === undefined ? brokenRecordDoubtOf : takenOverDoubtOf
  for (const address of addresses) {
    const found = locate(ledger.table, address)?.entry.pool
    const doubt = found === undefined ? undefined : doubtOf(service, found, verdict)
    if (doubt !== undefined) return doubt
  }
  return undefined
}

/**
 * Doubt helps only an address that no valid pool contains: one that its own pool avoids, or two in different pools, are
 * lost.
 */
const outsidePools = (addresses: readonly Address[], ledger: Ledger, doubt: string | undefined): Standing => {
  const places = addresses.map(address => locate(ledger.table, address))
  const avoided = places.findIndex(place => place !== undefined && place.number === undefined)
  const place = places[avoided]
  const texts = addresses.map(formatAddress)
  if (place !== undefined) {
    const facts = { address: texts[avoided] ?? "", pool: place.entry.pool.name, addresses: texts }
    return { kind: "lost", why: { reason: "ML115", facts } }
  }
  const missing = texts.filter((_, at) => places[at] === undefined)
  if (doubt !== undefined && missing.length > 0) return { kind: "doubtful", facts: { addresses: texts, doubt } }
  if (missing.length === 0) return { kind: "lost", why: { reason: "ML110", facts: { addresses: texts } } }
  return { kind: "lost", why: { reason: "ML121", facts: { addresses: missing } } }
}

/** Another service that was there first, or with whom sharing is no longer allowed. */
const lostTo = (service: Service, addresses: readonly Address[], terms: Terms, ledger: Ledger): Refusal | undefined => {
  const self = keyOf(service)
  for (const address of addresses) {
    const usage = usageOf(ledger, address)
    if (usage === undefined || usage.accepted.has(self)) continue
    const conflict = conflictOn(usage, self, terms)
    if (conflict?.reason === "ML111") return { ...conflict, reason: "ML126" }
    if (conflict !== undefined) return conflict
  }
  return undefined
}

/** How the families of what it has fit those of the service. "narrow": it has an address of a family that it lost. */
export type Fit = "fits" | "one-of-two" | "narrow" | "misfit"

export const fitOf = (addresses: readonly Address[], stack: Stack): Fit => {
  const held = new Set(addresses.map(({ family }) => family))
  const fitting = stack.families.filter(family => held.has(family))
  if (fitting.length === 0) return "misfit"
  if (fitting.length < held.size) return "narrow"
  return fitting.length === stack.families.length ? "fits" : "one-of-two"
}

/** Whether what a service has is what it asks for: the pool, and exactly the addresses, in whatever order. */
export const isAsAsked = (addresses: readonly Address[], pool: string, request: Request): boolean => {
  if (request.pool !== undefined && request.pool !== pool) return false
  const asked = request.addresses
  return (
    asked.length === 0 ||
    (asked.length === addresses.length && asked.every(address => addresses.some(held => sameAddress(held, address))))
  )
}
