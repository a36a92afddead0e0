import type { Address } from "../ip/address.ts"
import type { Service } from "../model.ts"
import { byAge, type Claim, keyOf, termsOf } from "./claim.ts"
import type { Convergence } from "./convergence.ts"
import { forget, type Ledger, setClaim } from "./ledger.ts"

/**
 * Before the write of a move from one address to another: keeps both for the service, so that nobody is given the old
 * one while it may still stand in the status. `settle` after the write gives it back.
 */
export const reserve = (ledger: Ledger, service: Service, { action, addresses }: Convergence): void => {
  if (action !== "assign") return
  const held = ledger.claims.get(keyOf(service))?.addresses ?? []
  setClaim(ledger, claimFor(service, [...addresses, ...held]))
}

/** Brings the ledger in line with a convergence that was carried out; true where others may gain by it. */
export const settle = (ledger: Ledger, service: Service, { action, addresses }: Convergence): boolean => {
  if (action === "clear" || (action === "wait" && addresses.length === 0)) return forget(ledger, keyOf(service))
  if (action !== "assign") return false
  return setClaim(ledger, claimFor(service, addresses))
}

const claimFor = (service: Service, addresses: readonly Address[]): Claim => ({
  service: keyOf(service),
  createdAt: service.createdAt,
  allocatedAt: Number.POSITIVE_INFINITY,
  ours: true,
  addresses,
  ...termsOf(service),
})

/** The order of a full pass, total: services with an address first, older first, then by key. */
export const passOrder = (services: readonly Service[]): readonly Service[] =>
  services
    .map(service => ({ service: keyOf(service), createdAt: service.createdAt, object: service }))
    .sort((a, b) => Number(b.object.ingress.length > 0) - Number(a.object.ingress.length > 0) || byAge(a, b))
    .map(({ object }) => object)
