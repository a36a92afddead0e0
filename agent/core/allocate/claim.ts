import { type Address, sameAddress } from "../ip/address.ts"
import { parseAddress } from "../ip/parse.ts"
import type { ObjectKey, Service } from "../model.ts"
import { annotationOf } from "./annotations.ts"

/** On which terms a service would share an address: spec 2.6 calls these sharing key, backend key and ports. */
export type Terms = {
  /** Value of the annotation allow-shared-ip; "" does not share. */
  readonly sharingKey: string
  /** With externalTrafficPolicy Local the selector, because sharers must then have the same endpoints; else "". */
  readonly backendKey: string
  /** "TCP/80", sorted, each once. */
  readonly ports: readonly string[]
}

/** A service and the addresses that it has or is about to get. */
export type Claim = Terms & {
  readonly service: ObjectKey
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** When its addresses were written into its status; Infinity where that has not happened yet. */
  readonly allocatedAt: number
  /** False: a service that this installation does not serve, whose addresses are only kept out of the way. */
  readonly ours: boolean
  readonly addresses: readonly Address[]
}

export const keyOf = (object: { readonly namespace: string; readonly name: string }): ObjectKey =>
  `${object.namespace}/${object.name}`

/** Total order among services: older first, then by key. */
export const byAge = (
  a: { readonly createdAt: number; readonly service: ObjectKey },
  b: { readonly createdAt: number; readonly service: ObjectKey },
): number => {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt
  return a.service < b.service ? -1 : a.service > b.service ? 1 : 0
}

/**
 * Total order among claims, which decides who keeps an address that two have in their status: who was given it first, then the
 * older service, then by key.
 */
export const byAllocation = (a: Claim, b: Claim): number =>
  a.allocatedAt === b.allocatedAt ? byAge(a, b) : a.allocatedAt < b.allocatedAt ? -1 : 1

export const sameTerms = (a: Claim, b: Claim): boolean =>
  a.ours === b.ours &&
  a.sharingKey === b.sharingKey &&
  a.backendKey === b.backendKey &&
  a.createdAt === b.createdAt &&
  a.ports.length === b.ports.length &&
  a.ports.every((port, at) => port === b.ports[at])

export const sameClaim = (a: Claim, b: Claim): boolean =>
  a.allocatedAt === b.allocatedAt &&
  sameTerms(a, b) &&
  a.addresses.length === b.addresses.length &&
  a.addresses.every((address, at) => {
    const other = b.addresses[at]
    return other !== undefined && sameAddress(address, other)
  })

export const termsOf = (service: Service): Terms => ({
  sharingKey: annotationOf(service, "allow-shared-ip") ?? "",
  backendKey: service.externalTrafficPolicy === "Local" ? selectorText(service) : "",
  ports: portsOf(service),
})

/** The addresses in status.loadBalancer.ingress, in its order; entries that are no address are left out. */
export const addressesOf = (service: Service): readonly Address[] => {
  const found: Address[] = []
  for (const { ip } of service.ingress) {
    const address = ip === undefined ? undefined : parseAddress(ip)
    if (address !== undefined) found.push(address)
  }
  return found
}

export const claimOf = (service: Service, ours: boolean): Claim => ({
  service: keyOf(service),
  createdAt: service.createdAt,
  allocatedAt: service.allocatedAt ?? service.createdAt,
  ours,
  addresses: addressesOf(service),
  ...termsOf(service),
})

/** With this beginning a Local service without a selector is told from a Cluster service, unlike in MetalLB. */
const local = "local:"

const selectorText = (service: Service): string =>
  local +
  Object.entries(service.selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",")

const portsOf = (service: Service): readonly string[] => {
  const [only, second] = service.ports
  if (only !== undefined && second === undefined) return [`${only.protocol}/${only.port}`]
  return [...new Set(service.ports.map(port => `${port.protocol}/${port.port}`))].sort()
}
