import type { ObjectKey, Service } from "../model.ts"
import type { Outcome, Step } from "../outcome.ts"
import type { Allocation } from "./allocation.ts"
import { keyOf } from "./claim.ts"
import { newRefusalOf, type Refusal } from "./eligible.ts"
import { areKeptFor } from "./kept.ts"
import type { Ledger } from "./ledger.ts"
import { fullerOf, type Offer, offerOf, takeFrom } from "./offer.ts"
import { locate, type PoolEntry } from "./pool-table.ts"
import type { Request } from "./request.ts"
import { givenReason, sharersOfAll } from "./search.ts"
import { chosenStep, rejectedStep, summaryOf, untried } from "./trace.ts"

/**
 * Automatic allocation: the restricted pools that serve the service in the order of trial, then the open ones. With two
 * families the first pool that gives both; under PreferDualStack, where none of a kind does, the first that gives the
 * primary family, then the first that gives the other, before open pools are tried. Of several addresses of a family the
 * first pool that gives all, else of a kind the one that gives most.
 */
export const allocateAny = (service: Service, request: Request, ledger: Ledger): Outcome<Allocation> => {
  const self = keyOf(service)
  const entries = inOrderFor(self, ledger)
  const steps: Step[] = []
  const halves: Offer[] = []
  for (const [at, entry] of entries.entries()) {
    if (entry.pool.restriction === undefined && halves[0]?.entry.pool.restriction !== undefined) break
    const refusal = automaticRefusal(entry, service)
    if (refusal !== undefined) {
      steps.push(rejectedStep(entry, refusal))
      continue
    }
    const offer = offerOf(ledger, entry, self, request)
    if (offer.missing === undefined) {
      const chosen = outcomeOf(ledger, service, request, offer)
      return { ...chosen, trace: [...steps, ...chosen.trace, ...untried(entries, at + 1)] }
    }
    steps.push(rejectedStep(entry, offer.missing))
    if (takeFrom(offer, request).length > 0) halves.push(offer)
  }
  const [first, ...others] = halves
  const half = first === undefined ? undefined : others.reduce((a, b) => fullerOf(a, b, request), first)
  if (half === undefined) return { ok: false, reason: "ML118", facts: { pools: summaryOf(steps) }, trace: steps }
  const chosen = outcomeOf(ledger, service, request, half)
  const able = new Set(halves.map(offer => offer.entry.subject))
  const trace = steps.flatMap(step => {
    if (step.subject === half.entry.subject) return chosen.trace
    return able.has(step.subject) ? { ...step, verdict: "eligible" as const, reason: "ML131" as const } : step
  })
  return { ...chosen, trace: [...trace, ...untried(entries, steps.length)] }
}

/** Pools that keep an address for the service come first. */
const inOrderFor = (self: ObjectKey, { table, kept }: Ledger): readonly PoolEntry[] => {
  const addresses = kept.get(self)
  if (addresses === undefined) return table.entries
  const keeping = new Set(addresses.map(address => locate(table, address)?.entry))
  return table.entries.toSorted((a, b) => Number(keeping.has(b)) - Number(keeping.has(a)))
}

/** The outcome for one pool's offer, with that pool's step alone as its trace. */
export const outcomeOf = (ledger: Ledger, service: Service, request: Request, offer: Offer) => {
  const addresses = takeFrom(offer, request)
  const sharedWith = sharersOfAll(ledger, addresses, keyOf(service))
  const less = offer.lacksFamily ? "ML134" : offer.missing !== undefined ? "ML149" : undefined
  const kept = areKeptFor(ledger, keyOf(service), addresses)
  const reason = less ?? (sharedWith.length > 0 ? "ML124" : kept ? "ML151" : givenReason(offer.entry.pool))
  const step = chosenStep(offer.entry, reason, addresses, sharedWith, offer.missing)
  return { ok: true, value: { pool: offer.entry.pool.name, addresses, sharedWith }, reason, trace: [step] } as const
}

const automaticRefusal = (entry: PoolEntry, service: Service): Refusal | undefined =>
  entry.pool.autoAssign ? newRefusalOf(entry.pool, service) : { reason: "ML102", facts: {} }
