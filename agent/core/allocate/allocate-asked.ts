import { formatAddress } from "../ip/format.ts"
import type { ObjectKey, Service } from "../model.ts"
import type { Outcome } from "../outcome.ts"
import type { Allocation } from "./allocation.ts"
import { keyOf } from "./claim.ts"
import { drainRefusal, type Refusal, refusalOf } from "./eligible.ts"
import { keptFrom } from "./kept.ts"
import { holdsAll, type Ledger, usageOf } from "./ledger.ts"
import { type Location, locate } from "./pool-table.ts"
import type { Request } from "./request.ts"
import { sharersOfAll } from "./search.ts"
import { chosenStep, rejectedStep, traceOfAsked } from "./trace.ts"
import { conflictOn, foreignConflict } from "./usage.ts"

/**
 * The addresses that the service asks for: of all its families, all in one pool that serves it and does not avoid
 * them (autoAssign does not matter), and not held by anybody on other terms.
 */
export const allocateAsked = (service: Service, request: Request, ledger: Ledger): Outcome<Allocation> => {
  const { entries } = ledger.table
  const places = request.addresses.map(address => locate(ledger.table, address))
  const entry = places[0]?.entry
  const refusal = refusalOfAsked(service, request, ledger, places)
  if (entry === undefined || refusal !== undefined) {
    const { reason, facts } = refusal ?? { reason: "ML109", facts: {} }
    const step = entry === undefined ? undefined : rejectedStep(entry, { reason, facts })
    return { ok: false, reason, facts, trace: traceOfAsked(entries, step) }
  }
  const { addresses } = request
  const sharedWith = sharersOfAll(ledger, addresses, keyOf(service))
  const reason = sharedWith.length > 0 ? "ML124" : "ML132"
  const step = chosenStep(entry, reason, addresses, sharedWith)
  const value = { pool: entry.pool.name, addresses, sharedWith }
  return { ok: true, value, reason, trace: traceOfAsked(entries, step) }
}

const refusalOfAsked = (
  service: Service,
  request: Request,
  ledger: Ledger,
  places: readonly (Location | undefined)[],
): Refusal | undefined => {
  const texts = request.addresses.map(formatAddress)
  const families = request.families.join(" and ")
  const requested = [...new Set(request.addresses.map(address => address.family))].join(" and ")
  if (requested !== families) return { reason: "ML010", facts: { families, requested, addresses: texts } }
  const outside = places.indexOf(undefined)
  const entry = places[0]?.entry
  if (entry === undefined || outside >= 0) return { reason: "ML109", facts: { address: texts[outside] ?? "" } }
  const pool = entry.pool.name
  if (places.some(place => place?.entry !== entry)) return { reason: "ML110", facts: { addresses: texts } }
  const avoided = places.findIndex(place => place?.number === undefined)
  if (avoided >= 0) return { reason: "ML115", facts: { address: texts[avoided] ?? "", pool } }
  if (request.pool !== undefined && request.pool !== pool) {
    return { reason: "ML116", facts: { address: texts.join(", "), pool, asked: request.pool } }
  }
  const taken = takenBy(ledger, keyOf(service), request)
  const drained = entry.pool.drain === true && !holdsAll(ledger, keyOf(service), request.addresses)
  return refusalOf(entry.pool, service) ?? taken ?? (drained ? drainRefusal(entry.pool) : undefined)
}

const takenBy = (ledger: Ledger, self: ObjectKey, request: Request): Refusal | undefined => {
  for (const address of request.addresses) {
    const kept = keptFrom(ledger, address, self)
    if (kept !== undefined) return kept
    const usage = usageOf(ledger, address)
    const conflict = usage === undefined ? undefined : (foreignConflict(usage) ?? conflictOn(usage, self, request))
    if (conflict !== undefined) return conflict
  }
  return undefined
}
