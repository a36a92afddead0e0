import { addressesOf, byAge, keyOf } from "../allocate/claim.ts"
import { poolDoubtOf } from "../allocate/doubt.ts"
import { servesClass } from "../allocate/ledger.ts"
import type { Config, ConfigVerdict, L2Advertisement, Pool } from "../config/model.ts"
import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { RangeIndex } from "../ip/range-index.ts"
import type { Endpoint, EndpointSlice, Node, ObjectKey, Service, SpeakerPod } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { type Carriers, carriersOf } from "./carriers.ts"

/** What decides who announces. The parts are as read from the API; a Snapshot has them all. */
export type AnnounceInput = {
  readonly verdict: ConfigVerdict
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly nodes: readonly Node[]
  /** "assumed": speakers are run by hand, every node counts as having one that is ready. */
  readonly speakers: readonly SpeakerPod[] | "assumed"
  readonly installNamespace: string
  /** --lb-class; "" serves services without a class. */
  readonly loadBalancerClass: string
  /** --ignore-exclude-lb: the label exclude-from-external-load-balancers does not matter. */
  readonly ignoreExcludeLB: boolean
  /** --placement; "hash", MetalLB's order, where it is left out. */
  readonly placement?: Placement
  /** Who announces each address now, by its canonical text, as far as known: "balanced" leaves it there where it can. */
  readonly present?: ReadonlyMap<string, string>
  /**
   * Nodes whose speaker may own something, where speakers know each other, and all nodes where there is no member list: then that counts,
   * and not what the API says of nodes and pods.
   */
  readonly members?: ReadonlySet<string>
  /** Of those the ones whose speaker is dead, as far as known: "balanced" leaves nothing with them, and puts them last. */
  readonly absent?: ReadonlySet<string>
  /** By the canonical text of an address: nodes that leave it to others since nobody there would hear them, as far as speakers said so. */
  readonly barred?: ReadonlyMap<string, readonly Barred[]>
  /** A live speaker is MetalLB's: it knows nothing of what is ours alone, so that does not count. */
  readonly mixed?: boolean
}

export type Barred = { readonly node: string; readonly reason: ReasonCode; readonly facts: Facts }

/** How the nodes that may announce an address are put in their order. */
export type Placement = "hash" | "balanced"

/** Services of ours that have one address in their status, older first. */
export type Holders = { readonly address: Address; readonly services: readonly Service[] }

/** The input made ready for look-ups. BOUNDED by the input. */
export type AnnounceContext = {
  readonly input: AnnounceInput
  /** By name. */
  readonly nodes: readonly Node[]
  readonly speakers: ReadonlyMap<string, readonly SpeakerPod[]> | "assumed"
  readonly endpoints: ReadonlyMap<ObjectKey, readonly Endpoint[]>
  readonly pools: RangeIndex<Pool>
  readonly advertisements: ReadonlyMap<string, readonly L2Advertisement[]>
  /** By the canonical text of the address. */
  readonly holders: ReadonlyMap<string, Holders>
  readonly carriers: Carriers
  readonly poolDoubt: string | undefined
}

export const announceContext = (input: AnnounceInput): AnnounceContext => {
  const { config } = input.verdict
  const advertisements = new Map<string, L2Advertisement[]>()
  for (const advertisement of config.l2Advertisements) {
    for (const pool of advertisement.pools) append(advertisements, pool, advertisement)
  }
  const nodes = [...input.nodes].sort(byName)
  return {
    input,
    nodes,
    speakers: input.speakers === "assumed" ? "assumed" : speakersByNode(input.speakers),
    endpoints: endpointsByService(input.endpointSlices),
    pools: poolIndex(config),
    advertisements,
    holders: holdersByAddress(input.services, input.loadBalancerClass),
    carriers: carriersOf(nodes),
    poolDoubt: poolDoubtOf(input.verdict),
  }
}

export const poolIndex = ({ pools }: Config): RangeIndex<Pool> => {
  const index = new RangeIndex<Pool>()
  for (const pool of pools) for (const range of pool.ranges) index.add(range, pool)
  return index
}

/** The pool that contains all of these addresses; for announcing it does not matter whether the pool avoids them. */
export const poolContaining = (pools: RangeIndex<Pool>, addresses: readonly Address[]): Pool | undefined => {
  const [first, ...rest] = addresses.map(address => pools.containing(address)?.owner)
  return rest.every(pool => pool === first) ? first : undefined
}

const speakersByNode = (pods: readonly SpeakerPod[]): ReadonlyMap<string, readonly SpeakerPod[]> => {
  const byNode = new Map<string, SpeakerPod[]>()
  for (const pod of [...pods].sort(byName)) append(byNode, pod.nodeName, pod)
  return byNode
}

const endpointsByService = (slices: readonly EndpointSlice[]): ReadonlyMap<ObjectKey, readonly Endpoint[]> => {
  const byService = new Map<ObjectKey, Endpoint[]>()
  for (const slice of slices) for (const endpoint of slice.endpoints) append(byService, slice.service, endpoint)
  return byService
}

const holdersByAddress = (services: readonly Service[], flag: string): ReadonlyMap<string, Holders> => {
  const byAddress = new Map<string, { address: Address; services: Service[] }>()
  for (const service of services) {
    if (!isHolder(service, flag)) continue
    for (const address of addressesOf(service)) {
      const text = formatAddress(address)
      const holders = byAddress.get(text)
      if (holders === undefined) byAddress.set(text, { address, services: [service] })
      else holders.services.push(service)
    }
  }
  for (const holders of byAddress.values()) if (holders.services.length > 1) holders.services.sort(olderFirst)
  return byAddress
}

/** Whether a service is of ours and has an address. */
export const isHolder = (service: Service, flag: string): boolean =>
  service.type === "LoadBalancer" && servesClass(service, flag) && addressesOf(service).length > 0

const olderFirst = (a: Service, b: Service): number =>
  byAge({ createdAt: a.createdAt, service: keyOf(a) }, { createdAt: b.createdAt, service: keyOf(b) })

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

const append = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
