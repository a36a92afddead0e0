import { addressesOf, keyOf } from "../../core/allocate/claim.ts"
import { type AnnounceContext, type Holders, poolContaining } from "../../core/announce/context.ts"
import { askerOf, tellsOf } from "../../core/bgp/announce/asker.ts"
import { decideService } from "../../core/bgp/announce/decide.ts"
import { type NodePolicy, nodePolicy } from "../../core/bgp/announce/policy.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { ObjectKey, SpeakerPod } from "../../core/model.ts"
import type { EchoVerdict } from "../../core/probe/echo-asker.ts"
import {
  concludeRoute,
  type FreshRoute,
  holdsOf,
  lookAtRoutes,
  noHolds,
  type Release,
  type RouteChecks,
  type RouteHeld,
  type RouteHolds,
  routeChecksAtStart,
  routesToAsk,
  routesWakeAt,
  textOfRoute,
  waitsForOthers,
} from "../../core/probe/route-checks.ts"
import { byEcho } from "../../core/quarantine/quarantine.ts"
import { phraseOf } from "../../core/sentence.ts"
import type { Edges } from "../../edges.ts"
import { serviceReference } from "../../object-reference.ts"
import type { Timer } from "../../ports/clock.ts"
import type { EventRecorder } from "../../ports/kube/events.ts"
import type { ConflictReports, Found } from "../conflict-reports.ts"
import type { FreshAnswer } from "../first-use.ts"
import type { RemoteAddresses } from "../remote-addresses.ts"
import type { ServiceStatusWriter } from "../service-status.ts"
import { lookElsewhere } from "./told-elsewhere.ts"

/** Has an address asked for before routers are told of it for the first time, where its pool says so. */
export type FirstRoutes = {
  /** Addresses that no router is told of yet. */
  readonly look: (context: AnnounceContext) => RouteHolds
  readonly answer: () => readonly FreshAnswer[]
  readonly stop: () => void
}

export type FirstRoutesOptions = {
  readonly namespace: string
  readonly node: string
  readonly pod: () => SpeakerPod | undefined
  readonly remote: RemoteAddresses
  readonly reports: Pick<ConflictReports, "has" | "known" | "want" | "withdraw">
  /** What this node says that it tells routers of. */
  readonly statuses: Pick<ServiceStatusWriter, "known" | "says">
  /** Whether some node says that it announces the service on a link. */
  readonly isOnLinks: (service: ObjectKey) => boolean
  /** Whether routers are told of the route, given as text, whatever becomes of the service. */
  readonly isToldBeside: (service: ObjectKey, route: string) => boolean
  readonly recorder: EventRecorder
  /** `look` would say something else than before. */
  readonly onChange: () => void
}

export const checkFirstRoutes = (edges: Edges, options: FirstRoutesOptions): FirstRoutes => {
  const { clock, crypto, metrics } = edges
  const { namespace, node, pod, remote, reports, statuses, isOnLinks, isToldBeside, recorder, onChange } = options
  const log = edges.log.from("speaker/first-routes")
  const counted = metrics.counter(
    "metallb_bgp_address_checks_total",
    "New addresses of pools with conflictCheck icmp before routers are told of them, by what became of it.",
  )
  let checks: RouteChecks = routeChecksAtStart
  /** What went through before it was known what the cluster announces. */
  let early: ReadonlySet<string> = new Set()
  /** What is being asked for. BOUNDED by the new addresses. */
  const asking = new Set<string>()
  let latest: AnnounceContext | undefined
  let timer: Timer | undefined
  const elsewhere = lookElsewhere({ ...edges, log }, { namespace, node, onFound: onChange })

  const look: FirstRoutes["look"] = context => {
    latest = context
    timer?.cancel()
    if (!context.input.verdict.config.pools.some(({ conflictCheck }) => conflictCheck === "icmp")) {
      checks = routeChecksAtStart
      elsewhere.want(new Set())
      return noHolds
    }
    if (!reports.known() || (checks.seen === undefined && !statuses.known())) {
      early = new Set(context.holders.keys())
      return noHolds
    }
    const now = clock.monotonic()
    const { next, released } = lookAtRoutes(checks, context.holders.keys(), heldIn(context), now)
    checks = next
    early = new Set()
    for (const one of released) release(one)
    for (const one of routesToAsk(checks, now)) ask(one, context)
    reports.want("routes", foundIn(context))
    const waiting = [...checks.fresh.values()].filter(waitsForOthers)
    elsewhere.want(new Set(waiting.flatMap(one => servicesOf(context, textOfRoute(one)))))
    const again = routesWakeAt(checks, now)
    if (again !== undefined) timer = clock.after(again - now, onChange)
    return holdsOf(checks)
  }

  /** What an address is like is looked up for the few that matter. */
  const heldIn = (context: AnnounceContext) => {
    const born = pod()?.createdAt ?? 0
    // Of the node itself as of the others, or two nodes would order them differently.
    let policies: readonly NodePolicy[] | undefined
    const all = () => {
      policies ??= context.nodes.map(each => nodePolicy(context.input, each, { now: clock.wall() }, context))
      return policies
    }
    return (text: string): RouteHeld | undefined => {
      const holders = context.holders.get(text)
      if (holders === undefined) return undefined
      const { address, services } = holders
      // Most addresses are of other pools, and those need nothing else.
      if (poolContaining(context.pools, [address])?.conflictCheck !== "icmp") return exempt(holders)
      const own = all().find(policy => policy.node.name === node)
      if (!remote.isRemote(address, context) || isCovered(holders, context, own)) return exempt(holders)
      // Of a service with several addresses it is not known which one a node announces.
      const witnessed = checks.fresh.get(text)?.witnessed ?? checks.seen !== undefined
      const asker = askerOf(holders, context, { policies: all(), self: node, crypto })
      return {
        address,
        asker,
        mine: asker === node,
        tells: own !== undefined && tellsOf(holders, context, own),
        announced: services.every(
          service => (!witnessed || addressesOf(service).length === 1) && isAnnounced(keyOf(service)),
        ),
        reported: reports.has(text),
        exempt: false,
        young: born > 0 && !early.has(text) && services.every(({ createdAt }) => createdAt > born),
      }
    }
  }

  const isAnnounced = (key: ObjectKey): boolean =>
    isOnLinks(key) || elsewhere.has(key) || (checks.seen === undefined && statuses.says(key) === true)

  /** A route of another service leads here already: whoever answers may be a node of the cluster. */
  const isCovered = ({ services }: Holders, context: AnnounceContext, own: NodePolicy | undefined): boolean =>
    own !== undefined &&
    services.some(service => {
      const key = keyOf(service)
      const outcome = decideService(service, context.endpoints.get(key) ?? [], own)
      return outcome.ok && outcome.value.contributions.some(({ route }) => isToldBeside(key, route))
    })

  const ask = (fresh: FreshRoute, context: AnnounceContext) => {
    const text = textOfRoute(fresh)
    const target = remote.targetOf(fresh.address, context)
    if (target === undefined || asking.has(text)) return
    asking.add(text)
    remote.ask(target, verdict => {
      asking.delete(text)
      settle(text, verdict)
    })
  }

  const settle = (text: string, verdict: EchoVerdict) => {
    const before = checks.fresh.get(text)
    if (before === undefined) return
    checks = concludeRoute(checks, text, verdict, clock.monotonic())
    counted.add({ verdict: verdict.kind })
    const facts = { address: text, verdict: verdict.kind, reason: verdict.reason }
    if (verdict.kind === "conflict") {
      log.warn("a host behind a router has a new address", facts)
      if (before.conflict === undefined) warn(text)
    } else log.info("new address asked for before routers are told", facts)
    if ((verdict.kind === "free" || verdict.kind === "proxy") && reports.has(text)) reports.withdraw("routes", text)
    onChange()
  }

  const warn = (address: string) => {
    const message = `${phraseOf("ML349", { address })} [ML349]`
    for (const service of latest?.holders.get(address)?.services ?? [])
      recorder.record({ about: serviceReference(service), type: "Warning", reason: "announceFailed", message })
  }

  const release = ({ reason, facts }: Release) => {
    counted.add({ verdict: reason === "ML418" ? "late" : "announced" })
    if (reason === "ML418") log.warn("a new address is announced without a verdict", { ...facts, reason })
    else log.info("a new address is announced elsewhere", { ...facts, reason })
  }

  const foundIn = (context: AnnounceContext): ReadonlyMap<string, Found> =>
    new Map(
      [...checks.fresh].flatMap(([address, { conflict }]) => {
        const [service] = servicesOf(context, address)
        if (conflict === undefined || service === undefined) return []
        return [[address, { address, mac: byEcho, interface: "", node, service }] as const]
      }),
    )

  return {
    look,
    answer: () =>
      [...checks.fresh.values()]
        .filter(({ tells }) => tells)
        .map(({ address, mine, conflict }) => ({
          address: formatAddress(address),
          mine,
          conflict: conflict === undefined ? null : { ...conflict, mac: byEcho, interface: "" },
        })),
    stop: () => {
      timer?.cancel()
      elsewhere.stop()
    },
  }
}

const servicesOf = ({ holders }: AnnounceContext, text: string): readonly ObjectKey[] =>
  (holders.get(text)?.services ?? []).map(keyOf)

const exempt = ({ address }: Holders): RouteHeld => ({
  address,
  asker: undefined,
  mine: false,
  tells: false,
  announced: false,
  reported: false,
  exempt: true,
  young: false,
})
