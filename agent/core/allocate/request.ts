import type { Address } from "../ip/address.ts"
import { compareAddresses } from "../ip/address.ts"
import { parseAddress } from "../ip/parse.ts"
import type { IpFamily, Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { annotationOf, countAsked } from "./annotations.ts"
import { type Terms, termsOf } from "./claim.ts"

/** What a service asks for, read and checked by itself. */
export type Request = Terms & {
  /** Those of the cluster IPs, IPv4 first. */
  readonly families: readonly IpFamily[]
  /** How many addresses of each family, 1 to 8. */
  readonly perFamily: number
  /** Whether one address is enough where there are two families. */
  readonly policy: "one" | "prefer-both" | "require-both"
  /** Which of two families is tried first where a pool cannot give both. */
  readonly primary: IpFamily
  /** Addresses asked for by annotation or spec.loadBalancerIP, IPv4 first; empty where it does not ask. */
  readonly addresses: readonly Address[]
  /** Pool asked for by annotation. */
  readonly pool: string | undefined
}

/** `reason` names the event of MetalLB that the fault corresponds to, because people's alerts match on it. */
export type Fault = { readonly reason: ReasonCode; readonly facts: Facts; readonly event: string }

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

/** The families of a service: those of its cluster IPs, judged against ipFamilyPolicy. */
export type Stack = Pick<Request, "families" | "policy" | "primary">

/** Reads the families. A fault here means that no address fits the service. */
export const stackOf = (service: Service): Read<Stack> => {
  const families = new Set<IpFamily>()
  for (const text of service.clusterIPs) {
    const address = parseAddress(text)
    if (address === undefined)
      return fault("ML003", "noclusterIPsIPFamily", { clusterIPs: service.clusterIPs.join(", ") })
    families.add(address.family)
  }
  if (families.size === 0) return fault("ML003", "noclusterIPsIPFamily", { clusterIPs: "none" })
  const policy = service.ipFamilyPolicy
  const both = families.size === 2
  if (policy === "RequireDualStack" && !both) return fault("ML004", "not enough clusterips", {})
  const read = policy === "RequireDualStack" ? "require-both" : policy === "PreferDualStack" ? "prefer-both" : "one"
  const sorted = both ? bothFamilies : [...families]
  const primary = service.ipFamilies[0] === "IPv6" || !families.has("IPv4") ? "IPv6" : "IPv4"
  return { ok: true, value: { families: sorted, policy: read, primary } }
}

/** Reads everything. A fault of the wishes alone leaves alone what the service has. */
export const requestOf = (service: Service, stack: Stack): Read<Request> => {
  const count = countAsked(service)
  const perFamily = count === undefined ? 1 : countIn(count)
  if (perFamily === undefined) return fault("ML146", "LoadBalancerFailed", { value: count ?? "", most })
  const addresses = addressesAskedBy(service, perFamily)
  if (!addresses.ok) return addresses
  const pool = annotationOf(service, "address-pool") || undefined
  return { ok: true, value: { ...termsOf(service), ...stack, perFamily, addresses: addresses.value, pool } }
}

/** Addresses of one family that one service may have, so that a typing error does not empty a pool. */
const most = 8

const countIn = (text: string): number | undefined => {
  const value = /^[1-9]$/.test(text.trim()) ? Number(text) : 0
  return value >= 1 && value <= most ? value : undefined
}

const bothFamilies: readonly IpFamily[] = ["IPv4", "IPv6"]

/**
 * The annotation takes a list separated by commas; spec.loadBalancerIP is one address. Only one of the two may be set. More
 * than one of a family is an error unless the service asks for several of each: then the list is everything that it gets.
 */
const addressesAskedBy = (service: Service, perFamily: number): Read<readonly Address[]> => {
  const annotation = annotationOf(service, "loadBalancerIPs") ?? ""
  if (annotation !== "" && service.loadBalancerIP !== "") return fault("ML007", "LoadBalancerFailed", {})
  const text = annotation === "" ? service.loadBalancerIP : annotation
  if (text === "") return { ok: true, value: [] }
  const found: Address[] = []
  for (const part of text.split(",")) {
    const value = part.trim()
    const address = parseAddress(value)
    if (address === undefined) return fault("ML008", "LoadBalancerFailed", { value })
    found.push(address)
  }
  found.sort(compareAddresses)
  const distinct = found.filter((address, at) => compareAddresses(found[at - 1] ?? nowhere, address) !== 0)
  const counted = perFamily === 1 ? found : distinct
  const tooMany = bothFamilies.some(family => counted.filter(one => one.family === family).length > perFamily)
  if (tooMany && perFamily === 1) return fault("ML009", "LoadBalancerFailed", { value: text })
  if (tooMany) return fault("ML148", "LoadBalancerFailed", { value: text, asked: perFamily })
  return { ok: true, value: distinct }
}

const nowhere: Address = { family: "IPv4", value: -1n }

const fault = (reason: ReasonCode, event: string, facts: Facts) =>
  ({ ok: false, fault: { reason, event, facts } }) as const
