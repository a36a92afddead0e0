import type { AddressRange } from "../ip/address.ts"
import { parseRange } from "../ip/range.ts"
import { formatSelector } from "../labels/format.ts"
import { matchesAny } from "../labels/match.ts"
import type { Namespace, PoolResource, ServiceAllocation } from "../model.ts"
import { readOrder } from "./allocation-order.ts"
import type { BrokenPool, PoolCandidate } from "./candidate.ts"
import { selfOverlap } from "./candidate.ts"
import { readConflictCheck } from "./conflict-check.ts"
import type { PoolRestriction } from "./model.ts"
import { Problems } from "./problem.ts"
import { checkRepeats, checkSelectors } from "./selectors.ts"

export type ReadPool =
  | { readonly kind: "candidate"; readonly candidate: PoolCandidate }
  | { readonly kind: "broken"; readonly broken: BrokenPool }

/** Judges one IPAddressPool by itself. */
export const readPool = (resource: PoolResource, namespaces: readonly Namespace[]): ReadPool => {
  const problems = new Problems("ipaddresspool", resource)
  for (const { field, message } of resource.malformed ?? []) problems.error("ML201", field, message)
  const places = resource.addresses.map((_, index) => `spec.addresses[${index}]`)
  const entries = resource.addresses
  const ranges = readRanges({ pool: resource.name, place: "spec.addresses", entries, places }, problems)
  const allocation = resource.serviceAllocation
  const restriction = allocation === undefined ? undefined : readRestriction(allocation, namespaces, resource, problems)
  const order = readOrder(resource, problems)
  const conflictCheck = readConflictCheck(resource, problems)
  if (problems.broken) return { kind: "broken", broken: { name: resource.name, source: "resource", problems } }
  const pool = {
    name: resource.name,
    source: "resource" as const,
    written: resource.addresses,
    ranges,
    autoAssign: resource.autoAssign,
    avoidBuggyIPs: resource.avoidBuggyIPs,
    ...(resource.drain === true ? { drain: true } : {}),
    ...(order === undefined ? {} : { order }),
    ...(conflictCheck === undefined ? {} : { conflictCheck }),
    restriction,
  }
  return { kind: "candidate", candidate: { pool, createdAt: resource.createdAt, places, problems } }
}

/** The addresses of a pool as written; `place` says where the list stands, `places` where each entry does. */
type WrittenAddresses = {
  readonly pool: string
  readonly place: string
  readonly entries: readonly string[]
  readonly places: readonly string[]
}

/** The ranges of a pool, in the order written. Problems are reported; the result is of use only where there is none. */
export const readRanges = (
  { pool, place: listPlace, entries, places }: WrittenAddresses,
  problems: Problems,
): readonly AddressRange[] => {
  if (entries.length === 0 && !problems.broken) {
    const message = `pool ${pool} has no addresses; it needs at least one CIDR or range`
    problems.error("ML211", listPlace, message, { pool })
  }
  const ranges: AddressRange[] = []
  for (const [index, entry] of entries.entries()) {
    const parsed = parseRange(entry)
    if (parsed.ok) ranges.push(parsed.range)
    else problems.error("ML210", places[index] ?? "", parsed.message, { pool, entry })
  }
  if (ranges.length < entries.length) return ranges
  const overlap = selfOverlap(ranges)
  if (overlap !== undefined) {
    const entry = entries[overlap.entry] ?? ""
    const place = places[overlap.entry] ?? ""
    const message = `${entry} overlaps with already defined CIDR ${entries[overlap.earlier]} of the same pool`
    problems.error("ML212", place, message, { entry, pool })
  }
  return ranges
}

/**
 * Who may use the pool. Selectors that match no namespace leave an empty set, which admits nobody; MetalLB drops the
 * restriction then and opens the pool to every namespace.
 */
const readRestriction = (
  allocation: ServiceAllocation,
  namespaces: readonly Namespace[],
  resource: PoolResource,
  problems: Problems,
): PoolRestriction => {
  const path = "spec.serviceAllocation"
  checkRepeats(`${path}.namespaces`, allocation.namespaces, problems)
  checkSelectors(`${path}.namespaceSelectors`, allocation.namespaceSelectors, problems)
  checkSelectors(`${path}.serviceSelectors`, allocation.serviceSelectors, problems)
  if (allocation.priority < 0) {
    const message = `${allocation.priority} is negative; allowed are 0 and more, and it counts as 0`
    problems.warning("ML217", `${path}.priority`, message, { pool: resource.name })
  }
  const selected = namespaces
    .filter(namespace => matchesAny(allocation.namespaceSelectors, namespace.labels))
    .map(namespace => namespace.name)
  const allowed = [...new Set([...allocation.namespaces, ...selected])].sort()
  const restricted = allocation.namespaces.length > 0 || allocation.namespaceSelectors.length > 0
  if (restricted && allowed.length === 0) {
    const selectors = allocation.namespaceSelectors.map(formatSelector)
    const field = `${path}.namespaceSelectors`
    const message = `no namespace matches ${selectors.join(" or ")}, so no service may use pool ${resource.name}`
    problems.warning("ML216", field, message, { pool: resource.name, selectors })
  }
  return {
    priority: Math.max(0, allocation.priority),
    namespaces: restricted ? new Set(allowed) : undefined,
    serviceSelectors: allocation.serviceSelectors,
  }
}
