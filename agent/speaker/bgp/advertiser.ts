import { addressesOf, keyOf } from "../../core/allocate/claim.ts"
import type { AnnounceContext } from "../../core/announce/context.ts"
import { drainOf } from "../../core/announce/drain.ts"
import { type Advertised, decideService } from "../../core/bgp/announce/decide.ts"
import { handoverOf } from "../../core/bgp/announce/handover.ts"
import { type NodePolicy, nodePolicy } from "../../core/bgp/announce/policy.ts"
import { RouteBoard, type RouteChanges } from "../../core/bgp/announce/route-board.ts"
import { prefixKey } from "../../core/bgp/rib/buckets.ts"
import type { Route } from "../../core/bgp/rib/route.ts"
import type { ConfigVerdict } from "../../core/config/model.ts"
import type { Cidr } from "../../core/ip/cidr.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Endpoint, Node, ObjectKey, Service } from "../../core/model.ts"
import type { Outcome } from "../../core/outcome.ts"
import { noHolds, type RouteHolds } from "../../core/probe/route-checks.ts"

/** What one look at the cluster changed. */
export type Look = {
  /** The routes of every peer are to be taken anew: configuration or node are others. */
  readonly anew: boolean
  /** By peer. */
  readonly changes: ReadonlyMap<string, RouteChanges>
  /** Services that were decided about; undefined: gone. */
  readonly decided: ReadonlyMap<ObjectKey, Outcome<Advertised> | undefined>
  /** Milliseconds since the epoch at which time alone changes something; undefined: never. */
  readonly nextAt: number | undefined
}

export type Advertiser = {
  /** `holds`: addresses that no router is told of yet. */
  readonly look: (context: AnnounceContext, node: Node, wall: number, holds?: RouteHolds) => Look
  /** Whether routers are told of the route, given as text, whatever becomes of the service. */
  readonly isToldBeside: (service: ObjectKey, route: string) => boolean
  readonly routesOf: (peer: string) => readonly Route[]
}

type Known = {
  readonly service: Service
  readonly endpoints: readonly Endpoint[]
  /** What of its addresses is held back, and why. */
  readonly held: string
}

type Basis = {
  readonly verdict: ConfigVerdict
  readonly text: string
  readonly policy: NodePolicy
  readonly board: RouteBoard
}

/** Decides about services that changed and about no others, so that a change of one among thousands costs one decision. */
export const createAdvertiser = (): Advertiser => {
  let basis: Basis | undefined
  // BOUNDED by the services.
  let known = new Map<ObjectKey, Known>()
  let drainSeen: number | undefined

  const basisFor = (context: AnnounceContext, node: Node, now: number): Basis => {
    drainSeen = drainOf(node) === undefined ? undefined : (drainSeen ?? now)
    const options = { now, drainSeen }
    const { verdict } = context.input
    const carried = [...context.carriers].filter(([, { address }]) => context.pools.containing(address) !== undefined)
    const concerning = carried.map(([address, { nodes }]) => [address, nodes])
    const text = JSON.stringify([node.labels, node.networkUnavailable, handoverOf(node, options), concerning])
    if (basis?.verdict === verdict && basis.text === text) return basis
    const policy = nodePolicy(context.input, node, options, context)
    return { verdict, text, policy, board: new RouteBoard(policy) }
  }

  return {
    look: (context, node, wall, holds = noHolds) => {
      const next = basisFor(context, node, wall)
      const anew = next !== basis
      basis = next
      const { policy, board } = next
      const changes = new Gathered()
      const now = new Map<ObjectKey, Known>()
      const decided = new Map<ObjectKey, Outcome<Advertised> | undefined>()
      for (const service of context.input.services) {
        const key = keyOf(service)
        const endpoints = context.endpoints.get(key) ?? []
        const before = anew ? undefined : known.get(key)
        const held = heldText(service, holds)
        if (before?.service === service && before.held === held && sameItems(before.endpoints, endpoints)) {
          now.set(key, before)
          continue
        }
        const outcome = decideService(service, endpoints, policy, holds)
        now.set(key, { service, endpoints, held })
        decided.set(key, outcome)
        changes.add(board.put(key, outcome.ok ? outcome.value.contributions : []))
      }
      for (const key of known.keys()) {
        if (now.has(key)) continue
        decided.set(key, undefined)
        changes.add(board.put(key, []))
      }
      known = now
      return { anew, changes: anew ? new Map() : changes.done(), decided, nextAt: policy.handover.nextAt }
    },
    isToldBeside: (service, route) => basis?.board.isMadeBeside(service, route) === true,
    routesOf: peer => basis?.board.routesOf(peer) ?? [],
  }
}

const heldText = (service: Service, holds: RouteHolds): string => {
  if (holds.size === 0) return ""
  const reasons = addressesOf(service).map(formatAddress)
  return reasons.map(text => `${text} ${holds.get(text)?.reason ?? ""}`).join()
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, at) => item === b[at])

/** Changes one after another as one: of a prefix the last word counts. */
class Gathered {
  readonly #peers = new Map<string, Map<string, { readonly prefix: Cidr; readonly route: Route | undefined }>>()

  add(changes: ReadonlyMap<string, RouteChanges>): void {
    for (const [peer, { set, gone }] of changes) {
      const own = this.#peers.get(peer) ?? new Map()
      this.#peers.set(peer, own)
      for (const route of set) own.set(textOf(route.prefix), { prefix: route.prefix, route })
      for (const prefix of gone) own.set(textOf(prefix), { prefix, route: undefined })
    }
  }

  done(): ReadonlyMap<string, RouteChanges> {
    return new Map(
      [...this.#peers].map(([peer, own]) => {
        const all = [...own.values()]
        const set = all.flatMap(({ route }) => route ?? [])
        return [peer, { set, gone: all.flatMap(({ prefix, route }) => (route === undefined ? [prefix] : [])) }]
      }),
    )
  }
}

const textOf = (prefix: Cidr): string => `${prefix.base.family} ${prefixKey(prefix)}`
