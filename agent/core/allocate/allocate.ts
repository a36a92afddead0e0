import type { Service } from "../model.ts"
import type { Outcome } from "../outcome.ts"
import { allocateAny, outcomeOf } from "./allocate-any.ts"
import { allocateAsked } from "./allocate-asked.ts"
import type { Allocation } from "./allocation.ts"
import { keyOf } from "./claim.ts"
import { newRefusalOf } from "./eligible.ts"
import type { Ledger } from "./ledger.ts"
import { offerOf, takeFrom } from "./offer.ts"
import type { Request } from "./request.ts"
import { rejectedStep, traceOfAsked } from "./trace.ts"

/**
 * Which addresses the service gets, and why; changes nothing. What the service itself holds counts as free for it.
 * Addresses asked for come first, then the pool asked for, else pools are tried in order; inside a pool the lowest
 * address that is free or may be shared. The trace has one step for each pool, in the order of trial.
 */
export const allocate = (service: Service, request: Request, ledger: Ledger): Outcome<Allocation> => {
  if (ledger.table.entries.length === 0) return { ok: false, reason: "ML117", facts: {}, trace: [] }
  if (request.addresses.length > 0) return allocateAsked(service, request, ledger)
  if (request.families.length > 1 && request.policy === "one") {
    return { ok: false, reason: "ML005", facts: { policy: service.ipFamilyPolicy || "unset" }, trace: [] }
  }
  return request.pool === undefined
    ? allocateAny(service, request, ledger)
    : allocateIn(request.pool, service, request, ledger)
}

/** The pool asked for: its autoAssign does not matter, whom it serves does. */
const allocateIn = (name: string, service: Service, request: Request, ledger: Ledger): Outcome<Allocation> => {
  const { entries, byName } = ledger.table
  const entry = byName.get(name)
  if (entry === undefined) {
    const pools = ledger.table.config.pools.slice(0, 16).map(pool => pool.name)
    return { ok: false, reason: "ML108", facts: { pool: name, pools }, trace: traceOfAsked(entries, undefined) }
  }
  const refusal = newRefusalOf(entry.pool, service)
  if (refusal !== undefined) {
    return { ok: false, ...refusal, trace: traceOfAsked(entries, rejectedStep(entry, refusal)) }
  }
  const offer = offerOf(ledger, entry, keyOf(service), request)
  if (offer.missing !== undefined && takeFrom(offer, request).length === 0) {
    return { ok: false, ...offer.missing, trace: traceOfAsked(entries, rejectedStep(entry, offer.missing)) }
  }
  const chosen = outcomeOf(ledger, service, request, offer)
  return { ...chosen, trace: traceOfAsked(entries, chosen.trace[0]) }
}
