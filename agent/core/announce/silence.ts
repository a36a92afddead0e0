import { addressesOf } from "../allocate/claim.ts"
import { servesClass } from "../allocate/ledger.ts"
import type { Service } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"

/** Why a service is not announced whatever nodes and configuration are; undefined where it has an address of ours. */
export const silenceOf = (
  service: Service,
  loadBalancerClass: string,
): { readonly reason: ReasonCode; readonly facts: Facts } | undefined => {
  if (service.type !== "LoadBalancer") return { reason: "ML001", facts: { type: service.type } }
  if (!servesClass(service, loadBalancerClass)) {
    return { reason: "ML002", facts: { class: service.loadBalancerClass ?? "" } }
  }
  if (service.deleting) return { reason: "ML012", facts: {} }
  if (addressesOf(service).length > 0) return undefined
  const [entry] = service.ingress
  return entry === undefined
    ? { reason: "ML011", facts: {} }
    : { reason: "ML015", facts: { entry: entry.ip ?? entry.hostname ?? "" } }
}
