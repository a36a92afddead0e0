import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { Service } from "../model.ts"
import type { Facts, Outcome } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { phraseOf } from "../sentence.ts"
import { allocate } from "./allocate.ts"
import type { Allocation } from "./allocation.ts"
import { recordedPool } from "./annotations.ts"
import { addressesOf, keyOf, termsOf } from "./claim.ts"
import { contestedOf, withheldEvents } from "./contested.ts"
import { type Convergence, clearing, holding, ignoring, leaving } from "./convergence.ts"
import type { Doubts } from "./doubt.ts"
import type { Refusal } from "./eligible.ts"
import { type EventIntent, eventOf } from "./event.ts"
import { growthOf, keptFirst } from "./grow.ts"
import { type Ledger, servesClass } from "./ledger.ts"
import type { PoolEntry } from "./pool-table.ts"
import { type Request, requestOf, type Stack, stackOf } from "./request.ts"
import { givenReason, sharersOfAll } from "./search.ts"
import { fitOf, isAsAsked, standingOf } from "./standing.ts"
import { stayingOf } from "./staying.ts"
import { chosenStep } from "./trace.ts"

export type ConvergeContext = Doubts & {
  readonly ledger: Ledger
  /** --lb-class; "" serves services without a class. */
  readonly loadBalancerClass: string
  /** False until every part of the configuration has been read once; until then nothing is given or taken. */
  readonly ready: boolean
}

/**
 * What must be done for one service now: a pure reading of the service and the ledger, which `observe` has brought up
 * to date. Applying the answer and asking again gives "keep" (or "wait"). An address goes only because the valid
 * configuration excludes it, the service is no load balancer any more, an older service holds it, or another machine
 * answered for it before it was ever announced and the service did not ask for it.
 */
export const converge = (service: Service, context: ConvergeContext): Convergence => {
  if (!context.ready) return ignoring(service, no("ML127"))
  if (service.deleting) return ignoring(service, no("ML012"))
  const recorded = recordedPool(service) !== undefined
  if (service.type !== "LoadBalancer") {
    const facts = { type: service.type }
    return recorded ? clearing(service, no("ML133", facts), []) : ignoring(service, no("ML001", facts))
  }
  if (!servesClass(service, context.loadBalancerClass)) {
    return ignoring(service, no("ML002", { class: service.loadBalancerClass ?? "" }))
  }
  const inStatus = addressesOf(service)
  const other = service.ingress.find(entry => entry.ip === undefined)
  if (!recorded && other !== undefined && inStatus.length === 0) {
    return ignoring(service, no("ML015", { entry: other.hostname ?? "" }))
  }
  const stack = stackOf(service)
  const promised = context.ledger.claims.get(keyOf(service))?.addresses ?? []
  const current = inStatus.length > 0 ? inStatus : promised
  if (!stack.ok) {
    const { reason, facts, event } = stack.fault
    if (inStatus.length > 0 && !recorded) return foreign(service, inStatus)
    return clearing(service, no(reason, facts), [eventOf("Warning", event, reason, facts)])
  }
  if (current.length === 0) return fresh(service, stack.value, context, [])
  return settled(service, current, stack.value, context)
}

/** A service that has addresses. */
const settled = (
  service: Service,
  current: readonly Address[],
  stack: Stack,
  context: ConvergeContext,
): Convergence => {
  const { ledger } = context
  const fit = fitOf(current, stack)
  const fitting = fit === "narrow" ? current.filter(address => stack.families.includes(address.family)) : current
  const misfit = { families: stack.families.join(" and "), addresses: current.map(formatAddress) }
  if (fit === "misfit") return evicted(service, current, stack, context, { reason: "ML123", facts: misfit })
  const standing = standingOf(service, fitting, termsOf(service), ledger, context)
  const request = requestOf(service, stack)
  if (standing.kind === "doubtful") {
    if (isForeign(service, current)) return foreign(service, current)
    const keeping: Keeping = (outcome, events) => leaving(service, current, outcome, events)
    if (request.ok && !isAsAsked(current, recordedPool(service) ?? "", request.value)) {
      return changed(service, current, request.value, context, keeping)
    }
    return keeping(kept(undefined, current, "ML120", standing.facts), [
      eventOf("Warning", "AddressKept", "ML120", standing.facts),
    ])
  }
  const staying = stayingOf(service, fitting, standing, request, ledger)
  if (!staying.any) return evicted(service, current, stack, context, staying.why)
  const { addresses, entry } = staying
  const less = staying.why ?? (fit === "narrow" ? { reason: "ML123" as const, facts: misfit } : undefined)
  if (less !== undefined && isForeign(service, current)) return foreign(service, current)
  const given = less === undefined ? [] : [eventOf("Normal", "ClearAssignment", less.reason, less.facts)]
  const keeping: Keeping = (outcome, events, now = addresses) =>
    holding(service, allocationOf(ledger, service, entry, now), outcome, [...given, ...events])
  if (!request.ok) {
    const { reason, facts, event } = request.fault
    return keeping(no(reason, facts), [eventOf("Warning", event, reason, facts)])
  }
  if (!isAsAsked(addresses, entry.pool.name, request.value)) {
    return changed(service, addresses, request.value, context, keeping)
  }
  if (request.value.addresses.length === 0) return completed(service, addresses, request.value, entry, context, keeping)
  const contested = contestedOf(ledger, addresses, request.value)
  if (contested === undefined) return keeping(kept(entry, addresses, "ML119"), [])
  const { reason, facts } = contested.why
  return keeping(kept(entry, addresses, reason, facts), [eventOf("Warning", "addressConflict", reason, facts)])
}

/** How a service goes on with what it has, and `now` may have besides. */
type Keeping = (outcome: Outcome<Allocation>, events: readonly EventIntent[], now?: readonly Address[]) => Convergence

/** A service that has none: it gets some, or waits. */
const fresh = (
  service: Service,
  stack: Stack,
  context: ConvergeContext,
  before: readonly EventIntent[],
): Convergence => {
  const request = requestOf(service, stack)
  if (!request.ok) {
    const { reason, facts, event } = request.fault
    return clearing(service, no(reason, facts), [...before, eventOf("Warning", event, reason, facts)])
  }
  const outcome = allocate(service, request.value, context.ledger)
  if (outcome.ok) {
    const warnings = withheldEvents(context.ledger, outcome.value.addresses)
    return holding(service, outcome.value, outcome, [...before, allocatedEvent(outcome), ...warnings])
  }
  const failed = eventOf("Warning", "AllocationFailed", outcome.reason, outcome.facts)
  return clearing(service, outcome, [...before, failed])
}

/** What it has must go. An address without a record of ours was written by somebody else and is left alone. */
const evicted = (
  service: Service,
  current: readonly Address[],
  stack: Stack,
  context: ConvergeContext,
  why: Refusal,
): Convergence => {
  if (isForeign(service, current)) return foreign(service, current)
  const event = eventOf("Normal", "ClearAssignment", why.reason, why.facts)
  return fresh(service, stack, context, service.ingress.length > 0 ? [event] : [])
}

/**
 * It asks for something else than it has: it moves once that can be had, and until then keeps what works. (MetalLB
 * takes the address away first, so that a typing error is an outage.)
 */
const changed = (
  service: Service,
  current: readonly Address[],
  request: Request,
  context: ConvergeContext,
  keeping: Keeping,
): Convergence => {
  if (isForeign(service, current)) return foreign(service, current)
  const outcome = allocate(service, request, context.ledger)
  if (!outcome.ok) {
    const said = phraseOf(outcome.reason, outcome.facts)
    const message = `${said}; keeps ${current.map(formatAddress).join(", ")}`
    return keeping(outcome, [eventOf("Warning", "AllocationFailed", outcome.reason, outcome.facts, message)])
  }
  const asked = [request.pool ?? "", ...request.addresses.map(formatAddress)].filter(text => text !== "")
  const facts = { addresses: current.map(formatAddress), asked }
  const addresses = keptFirst(outcome.value.addresses, current)
  return holding(service, { ...outcome.value, addresses }, outcome, [
    eventOf("Normal", "ClearAssignment", "ML122", facts),
    allocatedEvent(outcome),
    ...withheldEvents(context.ledger, outcome.value.addresses),
  ])
}

/** It has fewer addresses than it wants: the pool adds others where it can, so that those it has need not move. */
const completed = (
  service: Service,
  current: readonly Address[],
  request: Request,
  entry: PoolEntry,
  context: ConvergeContext,
  keeping: Keeping,
): Convergence => {
  const { addresses, refusal, lacks } = growthOf(context.ledger, service, current, request, entry)
  const why = refusal === undefined ? "" : phraseOf(refusal.reason, refusal.facts)
  const half = { reason: "ML125", facts: { pool: entry.pool.name, family: lacks ?? "", why } } as const
  if (lacks !== undefined && request.policy === "require-both") return evicted(service, current, request, context, half)
  if (addresses.length > current.length) {
    const outcome = kept(entry, addresses, givenReason(entry.pool))
    return keeping(outcome, [allocatedEvent(outcome)], addresses)
  }
  if (lacks !== undefined && request.policy === "one") {
    return keeping(no("ML005", { policy: service.ipFamilyPolicy || "unset" }), [])
  }
  const less = lacks !== undefined ? half : refusal
  const events = less === undefined ? [] : [eventOf("Normal", "AdditionalAssignFailed", less.reason, less.facts)]
  const facts = { addresses: current.map(formatAddress), why }
  const stays = lacks === undefined && less !== undefined ? kept(entry, current, "ML149", facts) : undefined
  return keeping(stays ?? kept(entry, current, "ML119"), events)
}

const isForeign = (service: Service, current: readonly Address[]): boolean =>
  service.ingress.length > 0 && current.length > 0 && recordedPool(service) === undefined

const foreign = (service: Service, current: readonly Address[]): Convergence =>
  ignoring(service, no("ML006", { addresses: current.map(formatAddress) }))

const no = (reason: ReasonCode, facts: Facts = {}): Outcome<Allocation> => ({ ok: false, reason, facts, trace: [] })

const allocationOf = (
  ledger: Ledger,
  service: Service,
  entry: PoolEntry,
  addresses: readonly Address[],
): Allocation => ({
  pool: entry.pool.name,
  addresses,
  sharedWith: sharersOfAll(ledger, addresses, keyOf(service)),
})

const kept = (
  entry: PoolEntry | undefined,
  addresses: readonly Address[],
  reason: ReasonCode,
  facts: Facts = {},
): Outcome<Allocation> & { readonly ok: true } => {
  const known = entry === undefined ? undefined : chosenStep(entry, reason, addresses, [])
  const step = { subject: "pool/", verdict: "chosen", reason, ...known, facts: { ...known?.facts, ...facts } } as const
  const value = { pool: entry?.pool.name ?? "", addresses, sharedWith: [] }
  return { ok: true, value, reason, trace: [step] }
}

const allocatedEvent = (outcome: Outcome<Allocation> & { readonly ok: true }) => {
  const { addresses, pool } = outcome.value
  const message = `${addresses.map(formatAddress).join(" and ")} from pool "${pool}"`
  return eventOf("Normal", "IPAllocated", outcome.reason, {}, message)
}
