import { allocate } from "../allocate/allocate.ts"
import { addressesOf, keyOf } from "../allocate/claim.ts"
import { converge } from "../allocate/converge.ts"
import type { Convergence } from "../allocate/convergence.ts"
import { type Request, requestOf, stackOf } from "../allocate/request.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey, Service } from "../model.ts"
import type { Facts, Trace } from "../outcome.ts"
import type { Snapshot } from "../snapshot.ts"
import { announcementsOf } from "./announcement.ts"
import { bgpReportOf, oneProtocol } from "./bgp.ts"
import { routesTold } from "./bgp-routes.ts"
import { type WhyContext, type WhyTools, whyContext } from "./context.ts"
import { lookedAt } from "./looked-at.ts"
import { poolRows } from "./pool-rows.ts"
import type { Asked, BasedOn, WhyReport, WhyState } from "./report.ts"
import { unknownParts } from "./unknown.ts"
import { waysOut } from "./ways-out.ts"

/** Why a service has the address and the node that it has, or has none: the agents' own functions over a snapshot. */
export const whyService = (snapshot: Snapshot, key: ObjectKey, tools: WhyTools): WhyReport => {
  const context = whyContext(snapshot, tools)
  const report = accountOf(context, key)
  const service = snapshot.services.find(candidate => keyOf(candidate) === key)
  if (service === undefined || report.bgp === undefined) return report
  return { ...report, bgp: { ...report.bgp, routes: routesTold(context, service, report.bgp) } }
}

/**
 * The same for one of many services of a snapshot that is judged once, without the routes that peers are told. `detail`:
 * how much is said of the nodes that tell them.
 */
export const accountOf = (context: WhyContext, key: ObjectKey, detail: "all" | "whether" = "all"): WhyReport => {
  const { snapshot, ledger, ready, doubt, verdict } = context
  const service = snapshot.services.find(candidate => keyOf(candidate) === key)
  if (service === undefined) return accountOfNobody(context, key)
  const base = baseFacts(context, key)
  const { loadBalancerClass } = snapshot
  const convergence = converge(service, { ledger, loadBalancerClass, ready, doubt, verdict })
  const request = readRequest(service)
  const addresses = addressesOf(service)
  const state = stateOf(convergence, addresses.length > 0)
  const { outcome } = convergence
  const trace = request === undefined || !ready ? [] : whatIf(context, service, request, convergence)
  const served = state !== "not-served"
  const pools = served && ready ? poolRows(context, trace, convergence, base) : []
  const chosen = state === "pending" || !served ? [] : convergence.addresses
  const layer2 = served ? announcementsOf(context, key, addresses, base) : []
  const overBgp = served && addresses.length > 0 ? bgpReportOf(context, service, base, detail) : undefined
  const { announcements, bgp } = oneProtocol(layer2, overBgp)
  const report = {
    schema: 1,
    service: key,
    state,
    reason: outcome.reason,
    facts: { ...base, ...(outcome.ok ? (outcome.trace.find(chosenOnly)?.facts ?? {}) : outcome.facts) },
    addresses: addresses.map(formatAddress),
    nextAddresses: convergence.addresses.map(formatAddress),
    pool: convergence.pool,
    pendingSince: state === "pending" ? service.createdAt : undefined,
    asked: askedOf(service, request),
    pools,
    lookedAt: lookedAt(context, key, chosen, (request?.addresses.length ?? 0) > 0),
    announcements,
    ...(bgp === undefined ? {} : { bgp }),
    unknown: unknownParts(context, announcements),
    problems: context.verdict.problems,
    basedOn: basedOn(context, service.resourceVersion),
  } as const
  return { ...report, waysOut: waysOut(context, service, request, convergence, report) }
}

export const baseFacts = ({ snapshot }: WhyContext, key: ObjectKey): Facts => {
  const slash = key.indexOf("/")
  return { namespace: key.slice(0, slash), service: key.slice(slash + 1), install: snapshot.installNamespace }
}

export const basedOn = ({ snapshot, verdict }: WhyContext, serviceVersion: string): BasedOn => ({
  serviceVersion,
  nodes: snapshot.nodes.length,
  pools: verdict.config.pools.length,
  advertisements: verdict.config.l2Advertisements.length + verdict.config.bgp.advertisements.length,
  readAt: snapshot.readAt,
})

const accountOfNobody = (context: WhyContext, key: ObjectKey): WhyReport => ({
  schema: 1,
  service: key,
  state: context.unread.has("services") ? "unknown" : "not-served",
  reason: context.unread.has("services") ? "ML127" : "ML013",
  facts: baseFacts(context, key),
  addresses: [],
  nextAddresses: [],
  pool: undefined,
  pendingSince: undefined,
  asked: { families: [], policy: "", pool: undefined, addresses: [], sharingKey: undefined },
  pools: [],
  lookedAt: [],
  announcements: [],
  waysOut: [],
  unknown: unknownParts(context, []),
  problems: [],
  basedOn: basedOn(context, ""),
})

/**
 * The decision as it would fall now, for the rows of pools that the service's own convergence did not have to look at.
 */
const whatIf = ({ ledger }: WhyContext, service: Service, request: Request, { outcome }: Convergence): Trace =>
  outcome.trace.length > 1 ? outcome.trace : allocate(service, request, ledger).trace

const chosenOnly = (step: { readonly verdict: string }): boolean => step.verdict === "chosen"

const stateOf = ({ action, outcome, addresses }: Convergence, has: boolean): WhyState => {
  switch (action) {
    case "assign":
      return "changing"
    case "clear":
      return has ? "changing" : "pending"
    case "keep":
      return "assigned"
    case "wait":
      return addresses.length > 0 ? "changing" : "pending"
    case "ignore":
      if (outcome.reason === "ML127") return "unknown"
      return outcome.reason === "ML012" ? (has ? "assigned" : "pending") : "not-served"
  }
}

const readRequest = (service: Service): Request | undefined => {
  const stack = stackOf(service)
  const request = stack.ok ? requestOf(service, stack.value) : undefined
  return request?.ok === true ? request.value : undefined
}

const askedOf = (service: Service, request: Request | undefined): Asked => ({
  families: request?.families ?? service.ipFamilies,
  policy: service.ipFamilyPolicy,
  pool: request?.pool,
  addresses: request?.addresses.map(formatAddress) ?? [],
  sharingKey: request === undefined || request.sharingKey === "" ? undefined : request.sharingKey,
})
