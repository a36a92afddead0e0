import { keyOf } from "../allocate/claim.ts"
import type { Crypto } from "../crypto.ts"
import type { Address } from "../ip/address.ts"
import { compareAddresses } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey, Service } from "../model.ts"
import type { Facts, Outcome } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { chooseOwner, type Interfaces, type Ownership } from "./choose-owner.ts"
import { type AnnounceContext, isHolder } from "./context.ts"
import { balancedOwners } from "./placement/balanced.ts"

/** An address that this node announces now. */
export type Announcement = {
  readonly address: Address
  readonly interfaces: Interfaces
  /** Services that have it, older first. */
  readonly services: readonly ObjectKey[]
  /** The service whose owner is the address's owner. */
  readonly decidedBy: ObjectKey
}

/** An address, or a service without one, that this node does not announce, and why. */
export type Silence = {
  readonly service: ObjectKey
  readonly address: Address | undefined
  readonly reason: ReasonCode
  readonly facts: Facts
}

/** By address; silences by service, then by address. */
export type Announcements = { readonly owned: readonly Announcement[]; readonly silent: readonly Silence[] }

/** Who announces one address, which several services may have. */
export type AddressOwner = {
  readonly outcome: Outcome<Ownership>
  /** The service that decides; undefined where nobody has the address. */
  readonly decidedBy: ObjectKey | undefined
}

/**
 * One pass over many services asks for the owner of each only once. BOUNDED by the services; lives as long as the pass.
 */
export type OwnerMemo = (service: Service) => Outcome<Ownership>

export const ownerMemo = (context: AnnounceContext, crypto: Crypto): OwnerMemo => {
  const { placement, mixed } = context.input
  const balanced = placement === "balanced" && mixed !== true
  const known = new Map<ObjectKey, Outcome<Ownership>>(balanced ? balancedOwners(context, crypto) : [])
  return service => {
    const key = keyOf(service)
    const outcome = known.get(key) ?? chooseOwner(service, context, crypto)
    known.set(key, outcome)
    return outcome
  }
}

/**
 * The owner of an address. Services that share it would each choose by their own first address; two owners of one
 * address would fight over it, so the oldest service that has an owner decides for all.
 */
export const ownerOfAddress = (address: Address, context: AnnounceContext, ownerOf: OwnerMemo): AddressOwner => {
  const services = context.holders.get(formatAddress(address))?.services ?? []
  for (const service of services) {
    const outcome = ownerOf(service)
    if (outcome.ok) return { outcome, decidedBy: keyOf(service) }
  }
  const [oldest] = services
  const nobody = { ok: false, reason: "ML011", facts: {}, trace: [] } as const
  return { outcome: oldest === undefined ? nobody : ownerOf(oldest), decidedBy: undefined }
}

/** Everything that `myNode` announces now, and for everything else the reason why not. */
export const announcements = (context: AnnounceContext, myNode: string, crypto: Crypto): Announcements => {
  const ownerOf = ownerMemo(context, crypto)
  const owned: Announcement[] = []
  const silent: Silence[] = []
  for (const { address, services } of context.holders.values()) {
    const { outcome, decidedBy } = ownerOfAddress(address, context, ownerOf)
    if (outcome.ok && decidedBy !== undefined && outcome.value.node === myNode) {
      const interfaces = unionOf(services.map(ownerOf), myNode)
      owned.push({ address, interfaces, services: services.map(keyOf), decidedBy })
    } else {
      const why = whyNot(outcome, myNode)
      for (const service of services) silent.push({ service: keyOf(service), address, ...why })
    }
  }
  for (const service of context.input.services) {
    if (isHolder(service, context.input.loadBalancerClass)) continue
    const outcome = ownerOf(service)
    if (!outcome.ok) {
      silent.push({ service: keyOf(service), address: undefined, reason: outcome.reason, facts: outcome.facts })
    }
  }
  return { owned: owned.sort((a, b) => compareAddresses(a.address, b.address)), silent: silent.sort(bySubject) }
}

/** The interfaces of all sharers that this node is the owner for. */
const unionOf = (outcomes: readonly Outcome<Ownership>[], node: string): Interfaces => {
  const names = new Set<string>()
  for (const outcome of outcomes) {
    if (!outcome.ok || outcome.value.node !== node) continue
    if (outcome.value.interfaces === "all") return "all"
    for (const name of outcome.value.interfaces) names.add(name)
  }
  return [...names].sort()
}

/** Another node is the owner, this node has a reason of its own, or nobody may announce. */
const whyNot = (outcome: Outcome<Ownership>, myNode: string): { reason: ReasonCode; facts: Facts } => {
  const own = outcome.trace.find(step => step.subject === `node/${myNode}`)
  if (own?.verdict === "rejected") return { reason: own.reason, facts: own.facts }
  if (!outcome.ok) return { reason: outcome.reason, facts: outcome.facts }
  return { reason: "ML319", facts: { owner: outcome.value.node } }
}

const bySubject = (a: Silence, b: Silence): number => {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1
  if (a.address === undefined || b.address === undefined)
    return Number(b.address === undefined) - Number(a.address === undefined)
  return compareAddresses(a.address, b.address)
}
