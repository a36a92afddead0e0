import type { Address } from "../ip/address.ts"
import { sameAddress } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey, Service } from "../model.ts"
import type { Outcome } from "../outcome.ts"
import type { Allocation } from "./allocation.ts"
import { isRecordedAs, oldAnnotations, recordedPool } from "./annotations.ts"
import { addressesOf, keyOf } from "./claim.ts"
import { type EventIntent, eventOf } from "./event.ts"

/** What the controller must do for one service now. */
export type Convergence = {
  readonly service: ObjectKey
  /**
   * "keep": it has what it should. "assign": it gets these addresses, instead of others where it has some. "clear": it
   * loses what it has. "wait": it is ours, has nothing and gets nothing yet. "ignore": it is not ours to touch.
   */
  readonly action: "keep" | "assign" | "clear" | "wait" | "ignore"
  /** Whether status or annotation differ from what they should be; otherwise nothing is written. */
  readonly write: boolean
  /** The wanted status.loadBalancer.ingress, in order. */
  readonly ingress: readonly string[]
  /** The wanted annotation metallb.io/ip-allocated-from-pool; undefined: none. */
  readonly pool: string | undefined
  /** What the service holds after this; for `settle`. */
  readonly addresses: readonly Address[]
  readonly events: readonly EventIntent[]
  readonly outcome: Outcome<Allocation>
}

/** Nothing is touched. */
export const ignoring = (service: Service, outcome: Outcome<Allocation>): Convergence => ({
  ...asItIs(service),
  action: "ignore",
  events: [],
  outcome,
})

/** What it holds stays exactly as it is, whatever the outcome says about it. */
export const leaving = (
  service: Service,
  current: readonly Address[],
  outcome: Outcome<Allocation>,
  events: readonly EventIntent[],
): Convergence => ({
  ...asItIs(service),
  action: service.ingress.length > 0 ? "keep" : "wait",
  addresses: current,
  events,
  outcome,
})

/** The service holds these addresses of this pool from now on; written only where the object says something else. */
export const holding = (
  service: Service,
  { addresses, pool }: Allocation,
  outcome: Outcome<Allocation>,
  events: readonly EventIntent[],
): Convergence => {
  const current = addressesOf(service)
  const same = sameList(current, addresses)
  const write = !same || !isRecordedAs(service, pool)
  const ingress = same ? textsOf(service) : addresses.map(formatAddress)
  const action = same ? "keep" : "assign"
  const all = write ? [...events, ...oldPrefixEvents(service)] : events
  return { service: keyOf(service), action, write, ingress, pool, addresses, events: all, outcome }
}

/** The service holds nothing from now on. */
export const clearing = (
  service: Service,
  outcome: Outcome<Allocation>,
  events: readonly EventIntent[],
): Convergence => {
  const had = service.ingress.length > 0 || recordedPool(service) !== undefined
  return {
    service: keyOf(service),
    action: had ? "clear" : "wait",
    write: had,
    ingress: [],
    pool: undefined,
    addresses: [],
    events: had ? [...events, ...oldPrefixEvents(service)] : events,
    outcome,
  }
}

const asItIs = (service: Service) => ({
  service: keyOf(service),
  write: false,
  ingress: textsOf(service),
  pool: recordedPool(service),
  addresses: addressesOf(service),
})

/** The order counts: the first address decides the owner on layer 2, so what is there is never turned round. */
const sameList = (a: readonly Address[], b: readonly Address[]): boolean =>
  a.length === b.length &&
  a.every((address, at) => {
    const other = b[at]
    return other !== undefined && sameAddress(address, other)
  })

const textsOf = (service: Service): readonly string[] =>
  service.ingress.flatMap(({ ip }) => (ip === undefined ? [] : [ip]))

const oldPrefixEvents = (service: Service): readonly EventIntent[] => {
  const [annotation] = oldAnnotations(service)
  return annotation === undefined ? [] : [eventOf("Warning", "deprecatedAnnotation", "ML014", { annotation })]
}
