import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Claim, Terms } from "./claim.ts"
import { byAllocation, sameTerms } from "./claim.ts"

/**
 * Who has one address. `accepted` hold it together legally; `refused` have it in their status too, which the terms of
 * the accepted ones forbid (two controllers wrote at once, or a sharer changed its ports), and are moved when their
 * turn comes; who was given it first is accepted. `foreign` are services of another load balancer. BOUNDED by the services whose status carries the
 * address.
 */
export type Usage = {
  readonly address: Address
  readonly accepted: Map<ObjectKey, Claim>
  refused: readonly Claim[]
  foreign: readonly Claim[]
  /** Port -> service of the accepted claims, made when the second of them comes. */
  ports: Map<string, ObjectKey> | undefined
}

export const emptyUsage = (address: Address): Usage => ({
  address,
  accepted: new Map(),
  refused: [],
  foreign: [],
  ports: undefined,
})

export const isUnused = (usage: Usage): boolean =>
  usage.accepted.size === 0 && usage.refused.length === 0 && usage.foreign.length === 0

export type Conflict = { readonly reason: ReasonCode; readonly facts: Facts }

/**
 * Why a service may not have this address beside those who hold it; undefined where it may: nobody else holds it, or
 * both sides have the same sharing key and the same endpoints, and no port is wanted twice.
 */
export const conflictOn = (usage: Usage, service: ObjectKey, terms: Terms): Conflict | undefined => {
  const other = firstOther(usage, service)
  if (other === undefined) return undefined
  const { sharingKey, backendKey } = terms
  if (sharingKey === "" || other.sharingKey === "") return conflict("ML111", usage, othersOn(usage, service))
  if (other.sharingKey !== sharingKey) {
    return conflict("ML112", usage, othersOn(usage, service), { theirs: other.sharingKey, ours: sharingKey })
  }
  if (other.backendKey !== backendKey) return conflict("ML113", usage, othersOn(usage, service))
  const taken = terms.ports.filter(port => holderOf(usage, port, service) !== undefined)
  if (taken.length === 0) return undefined
  const holders = new Set(taken.map(port => holderOf(usage, port, service) ?? ""))
  return conflict("ML114", usage, [...holders].sort(), { ports: taken })
}

/** Why a service of ours may not take this address anew: a service of another load balancer has it. */
export const foreignConflict = (usage: Usage): Conflict | undefined => {
  if (usage.foreign.length === 0) return undefined
  const holders = usage.foreign.map(claim => claim.service)
  return conflict("ML128", usage, holders.slice(0, maxNames))
}

/**
 * Takes in the claim of a service, or what became of it. On the same terms it keeps its place. On others it goes behind all that
 * are there, since it is the one that changed. Who comes new takes the place that the total order gives it: of two that cannot
 * share, who was given the address first keeps it.
 */
export const putClaim = (usage: Usage, claim: Claim): void => {
  const { service } = claim
  const accepted = usage.accepted.get(service)
  if (accepted !== undefined && sameTerms(accepted, claim)) {
    usage.accepted.set(service, claim)
    return
  }
  const isNew = accepted === undefined && !usage.foreign.some(one => one.service === service)
  dropClaim(usage, service)
  if (isNew && claim.ours && conflictOn(usage, service, claim) !== undefined) contend(usage, claim)
  else addClaim(usage, claim)
}

/** All claims of ours from the beginning, in the total order. */
const contend = (usage: Usage, claim: Claim): void => {
  const all = [...usage.accepted.values(), ...usage.refused, claim].sort(byAllocation)
  usage.accepted.clear()
  usage.refused = []
  usage.ports = undefined
  for (const one of all) addClaim(usage, one)
}

const addClaim = (usage: Usage, claim: Claim): void => {
  if (!claim.ours) usage.foreign = [...usage.foreign, claim].sort(byAllocation)
  else if (conflictOn(usage, claim.service, claim) === undefined) accept(usage, claim)
  else usage.refused = [...usage.refused, claim].sort(byAllocation)
}

/** Takes the claim of a service out; refused ones move up where its place allows, older first. */
export const dropClaim = (usage: Usage, service: ObjectKey): void => {
  usage.foreign = without(usage.foreign, service)
  usage.refused = without(usage.refused, service)
  const claim = usage.accepted.get(service)
  if (claim === undefined) return
  usage.accepted.delete(service)
  if (usage.ports !== undefined) for (const port of claim.ports) usage.ports.delete(port)
  const waiting = usage.refused
  usage.refused = []
  for (const next of waiting) addClaim(usage, next)
}

/** Those who hold the address beside this service, sorted; at most 16, because the names go into events and traces. */
export const othersOn = (usage: Usage, service: ObjectKey): readonly ObjectKey[] => {
  const names: ObjectKey[] = []
  for (const holder of usage.accepted.keys()) {
    if (holder === service) continue
    names.push(holder)
    if (names.length === maxNames) break
  }
  return names.sort()
}

const maxNames = 16

const accept = (usage: Usage, claim: Claim): void => {
  usage.accepted.set(claim.service, claim)
  if (usage.ports === undefined && usage.accepted.size > 1) {
    usage.ports = new Map()
    for (const holder of usage.accepted.values()) addPorts(usage.ports, holder)
  } else if (usage.ports !== undefined) addPorts(usage.ports, claim)
}

const addPorts = (ports: Map<string, ObjectKey>, claim: Claim): void => {
  for (const port of claim.ports) ports.set(port, claim.service)
}

const firstOther = (usage: Usage, service: ObjectKey): Claim | undefined => {
  for (const claim of usage.accepted.values()) if (claim.service !== service) return claim
  return undefined
}

const holderOf = (usage: Usage, port: string, except: ObjectKey): ObjectKey | undefined => {
  if (usage.ports === undefined) {
    const only = firstOther(usage, except)
    return only?.ports.includes(port) === true ? only.service : undefined
  }
  const holder = usage.ports.get(port)
  return holder === except ? undefined : holder
}

const without = (claims: readonly Claim[], service: ObjectKey): readonly Claim[] =>
  claims.some(claim => claim.service === service) ? claims.filter(claim => claim.service !== service) : claims

const conflict = (reason: ReasonCode, usage: Usage, holders: readonly ObjectKey[], facts: Facts = {}): Conflict => ({
  reason,
  facts: { address: formatAddress(usage.address), holders, ...facts },
})
