import type { Config } from "../config/model.ts"
import type { Address } from "../ip/address.ts"
import { compareAddresses, sameAddress } from "../ip/address.ts"
import type { IpFamily, ObjectKey, Service } from "../model.ts"
import { byAllocation, type Claim, claimOf, sameClaim, sameTerms } from "./claim.ts"
import { type Location, locate, type PoolEntry, type PoolTable, poolTable, type Shelf } from "./pool-table.ts"
import { noteFreed, noteTaken } from "./recent.ts"
import { addNumber, removeNumber } from "./runs.ts"
import { addShared, removeShared, reopenShared } from "./shared-numbers.ts"
import { addressAt } from "./space.ts"
import { dropClaim, emptyUsage, isUnused, putClaim, type Usage } from "./usage.ts"
import { keptOf, type Withheld } from "./withheld.ts"

/**
 * Who has which address. Built from the services alone, so that a restart finds everything where it was; changed only
 * by the functions of this file. BOUNDED by the services of the cluster and the addresses in their status.
 */
export type Ledger = {
  table: PoolTable
  /** Milliseconds on a clock that never runs backwards; moved on by `advance`. */
  now: number
  readonly claims: Map<ObjectKey, Claim>
  readonly usage: Readonly<Record<IpFamily, Map<bigint, Usage>>>
  /** Addresses that are given on request alone; replaced by `withhold`. BOUNDED by the caller's list. */
  withheld: Readonly<Record<IpFamily, ReadonlyMap<bigint, Withheld>>>
  /** Those of them that are kept for a service. */
  kept: ReadonlyMap<ObjectKey, readonly Address[]>
}

/**
 * Whether this installation serves the service's loadBalancerClass: the class must equal `flag` ("" serves services
 * without one).
 */
export const servesClass = (service: Service, flag: string): boolean => (service.loadBalancerClass ?? "") === flag

/**
 * The ledger of all services. Of two services with one address the one that was given it first keeps it, whatever the order
 * of the list.
 */
export const ledgerFrom = (services: readonly Service[], config: Config, loadBalancerClass = ""): Ledger => {
  const ledger: Ledger = {
    table: poolTable(config),
    now: 0,
    claims: new Map(),
    usage: { IPv4: new Map(), IPv6: new Map() },
    withheld: { IPv4: new Map(), IPv6: new Map() },
    kept: new Map(),
  }
  const claims: Claim[] = []
  for (const service of services) {
    if (service.ingress.length > 0) claims.push(claimOf(service, servesClass(service, loadBalancerClass)))
  }
  for (const claim of claims.sort(byAllocation)) setClaim(ledger, claim)
  return ledger
}

/** Tells the ledger the time, by which addresses cool; earlier than before changes nothing. */
export const advance = (ledger: Ledger, now: number): void => {
  if (now > ledger.now) ledger.now = now
}

/**
 * Takes in a service as the API now shows it; true where somebody else may gain by that: an address or a sharing key is
 * given up. Where the status of a load balancer service is empty and the ledger knows an address for it (a write on its
 * way, or a status emptied by hand), that claim stays, under the terms that the service has now.
 */
export const observe = (ledger: Ledger, service: Service, loadBalancerClass = ""): boolean => {
  const seen = claimOf(service, servesClass(service, loadBalancerClass))
  const known = ledger.claims.get(seen.service)
  if (seen.addresses.length > 0) return known !== undefined && sameClaim(known, seen) ? false : setClaim(ledger, seen)
  if (known === undefined) return false
  if (!seen.ours || service.type !== "LoadBalancer") return forget(ledger, seen.service)
  const claim = { ...seen, addresses: known.addresses }
  return sameClaim(known, claim) ? false : setClaim(ledger, claim)
}

/** Forgets a service that is gone; true where it had an address, so that others may get it now. */
export const forget = (ledger: Ledger, service: ObjectKey): boolean => {
  const claim = ledger.claims.get(service)
  if (claim === undefined) return false
  for (const address of claim.addresses) drop(ledger, address, service)
  ledger.claims.delete(service)
  return claim.addresses.length > 0
}

/** Replaces what the ledger knows of one service; true where it gave an address up, or holds one on other terms. */
export const setClaim = (ledger: Ledger, claim: Claim): boolean => {
  const known = ledger.claims.get(claim.service)
  const before = known?.addresses ?? []
  const addresses = claim.addresses.filter((address, at) => indexIn(claim.addresses, address) === at)
  const kept = addresses.length === claim.addresses.length ? claim : { ...claim, addresses }
  ledger.claims.set(claim.service, kept)
  const lost = before.filter(address => indexIn(addresses, address) < 0)
  for (const address of lost) drop(ledger, address, claim.service)
  for (const address of addresses) add(ledger, address, kept)
  return lost.length > 0 || (known !== undefined && before.length > 0 && !sameTerms(known, kept))
}

/** Changes the pools under the claims: nothing that a service has moves. */
export const reconfigure = (ledger: Ledger, config: Config): void => {
  const freed = freedAddresses(ledger.table)
  ledger.table = poolTable(config)
  for (const { address, at } of freed) {
    const place = placeOf(ledger, address)
    if (place?.shelf.recent !== undefined) noteFreed(place.shelf.recent, place.number, at)
  }
  for (const family of ["IPv4", "IPv6"] as const) {
    for (const usage of ledger.usage[family].values()) {
      const place = placeOf(ledger, usage.address)
      if (place === undefined) continue
      take(place)
      const group = groupOf(usage)
      if (group !== undefined) addShared(place.shelf.shared, group, place.number)
    }
    for (const { address } of ledger.withheld[family].values()) mark(ledger, address)
  }
}

/**
 * Replaces the addresses that are given on request alone; true where somebody may gain by that. Whoever holds one of them
 * keeps it, unless it is contested (see converge.ts). Of several entries for an address the last counts.
 */
export const withhold = (ledger: Ledger, list: readonly Withheld[]): boolean => {
  const before = ledger.withheld
  const of = (family: IpFamily) =>
    new Map(list.filter(({ address }) => address.family === family).map(one => [one.address.value, one]))
  ledger.withheld = { IPv4: of("IPv4"), IPv6: of("IPv6") }
  ledger.kept = keptOf([...ledger.withheld.IPv4.values(), ...ledger.withheld.IPv6.values()])
  for (const { address } of list) mark(ledger, address)
  let gained = false
  for (const family of ["IPv4", "IPv6"] as const) {
    for (const [value, { address, keptFor }] of before[family]) {
      const now = ledger.withheld[family].get(value)
      if (now === undefined) gained = unmark(ledger, address) || gained
      else if (keptFor?.join() !== now.keptFor?.join()) gained = true
    }
  }
  return gained
}

/** Why an address is given on request alone; undefined where it is an address like any other. */
export const withheldAt = (ledger: Ledger, { family, value }: Address): Withheld | undefined =>
  ledger.withheld[family].get(value)

export const usageOf = (ledger: Ledger, address: Address): Usage | undefined =>
  ledger.usage[address.family].get(address.value)

/** Whether the service has all of these addresses, and nobody with a better right has one of them. */
export const holdsAll = (ledger: Ledger, service: ObjectKey, addresses: readonly Address[]): boolean =>
  addresses.every(address => {
    const usage = usageOf(ledger, address)
    return usage?.accepted.has(service) === true
  })

/**
 * The pool that may give all of these addresses (avoided ones are not counted as its own); undefined where none may.
 */
export const poolOf = (ledger: Ledger, addresses: readonly Address[]): PoolEntry | undefined => {
  let found: PoolEntry | undefined
  for (const address of addresses) {
    const location: Location | undefined = locate(ledger.table, address)
    if (location?.number === undefined || (found !== undefined && found !== location.entry)) return undefined
    found = location.entry
  }
  return found
}

/** Under which pair of keys services may join each other on an address; undefined without a sharing key. */
export const sharingId = (keys: { readonly sharingKey: string; readonly backendKey: string }): string | undefined =>
  keys.sharingKey === "" ? undefined : `${keys.sharingKey}\n${keys.backendKey}`

/** Adds the claim, or replaces the one that the service has on this address. */
const add = (ledger: Ledger, address: Address, claim: Claim): void => {
  const map = ledger.usage[address.family]
  let usage = map.get(address.value)
  const isNew = usage === undefined
  usage ??= emptyUsage(address)
  const place = placeOf(ledger, address)
  const before = groupOf(usage)
  putClaim(usage, claim)
  if (isNew) {
    map.set(address.value, usage)
    if (place !== undefined) {
      place.shelf.withheld.delete(place.number)
      take(place)
    }
  }
  regroup(place, before, groupOf(usage))
}

const drop = (ledger: Ledger, address: Address, service: ObjectKey): void => {
  const map = ledger.usage[address.family]
  const usage = map.get(address.value)
  if (usage === undefined) return
  const place = placeOf(ledger, address)
  const before = groupOf(usage)
  dropClaim(usage, service)
  regroup(place, before, groupOf(usage))
  if (!isUnused(usage)) return
  map.delete(address.value)
  if (place === undefined) return
  if (withheldAt(ledger, address) !== undefined) {
    place.shelf.withheld.add(place.number)
    return
  }
  release(ledger, place)
}

const take = ({ shelf, number }: Place): void => {
  addNumber(shelf.taken, number)
  if (shelf.recent !== undefined) noteTaken(shelf.recent, number)
}

/** Keeps a free address out of automatic allocation; one that is held already is so anyway. */
const mark = (ledger: Ledger, address: Address): void => {
  const place = placeOf(ledger, address)
  if (place === undefined || usageOf(ledger, address) !== undefined) return
  place.shelf.withheld.add(place.number)
  take(place)
}

/** True where the address can be given, or joined, again. */
const unmark = (ledger: Ledger, address: Address): boolean => {
  const place = placeOf(ledger, address)
  if (place === undefined) return false
  const { shelf, number } = place
  const usage = usageOf(ledger, address)
  const group = usage === undefined ? undefined : groupOf(usage)
  if (group !== undefined) reopenShared(shelf.shared, group, number)
  if (!shelf.withheld.delete(number)) return group !== undefined
  release(ledger, place)
  return true
}

const release = ({ now }: Ledger, { shelf, number }: Place): void => {
  removeNumber(shelf.taken, number)
  if (shelf.recent !== undefined) noteFreed(shelf.recent, number, now)
}

/** What is remembered of free addresses, in the order in which they came free; addresses decide among equals. */
const freedAddresses = (table: PoolTable): readonly { readonly address: Address; readonly at: number }[] =>
  table.entries
    .flatMap(({ shelves }) => [shelves.IPv4, shelves.IPv6])
    .flatMap(({ space, recent }) =>
      [...(recent?.freed ?? [])].flatMap(([number, at]) => {
        const address = addressAt(space, number)
        return address === undefined ? [] : [{ address, at }]
      }),
    )
    .sort((a, b) => a.at - b.at || compareAddresses(a.address, b.address))

type Place = { readonly shelf: Shelf; readonly number: bigint }

const placeOf = (ledger: Ledger, address: Address): Place | undefined => {
  const location = locate(ledger.table, address)
  return location?.number === undefined ? undefined : { shelf: location.shelf, number: location.number }
}

/** Keeps what may be shared true while the claims on an address change. */
const regroup = (place: Place | undefined, before: string | undefined, after: string | undefined): void => {
  if (place === undefined) return
  const { shelf, number } = place
  if (before !== undefined && before !== after) removeShared(shelf.shared, before, number)
  if (after === undefined) return
  if (before === after) reopenShared(shelf.shared, after, number)
  else addShared(shelf.shared, after, number)
}

const groupOf = (usage: Usage): string | undefined => {
  for (const holder of usage.accepted.values()) return sharingId(holder)
  return undefined
}

const indexIn = (addresses: readonly Address[], address: Address): number =>
  addresses.findIndex(other => sameAddress(other, address))
