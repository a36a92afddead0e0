import { carriedByNodes } from "../allocate/carried.ts"
import { type Ledger, withhold } from "../allocate/ledger.ts"
import type { Withheld } from "../allocate/withheld.ts"
import type { ConflictReport, Node, PoolResource, ReservationResource } from "../model.ts"
import { keepingsAsRead, keptBy } from "../reservation/keeping.ts"
import { bookOf } from "./book.ts"
import { decide, withheldBy } from "./decide.ts"
import type { Instant } from "./quarantine.ts"

/** What was read of the cluster, of all that keeps addresses from being given. */
export type Read = {
  readonly nodes: readonly Node[]
  /** Of the installation's namespace. */
  readonly pools: readonly PoolResource[]
  readonly conflicts: readonly ConflictReport[]
  readonly reservations: readonly ReservationResource[]
  readonly at: Instant
}

/** Withholds in a ledger what the controller would, and gives the list; of several reasons for an address the weightiest. */
export const withholdAsRead = (
  ledger: Ledger,
  { nodes, pools, conflicts, reservations, at }: Read,
): readonly Withheld[] => {
  const book = bookOf(pools, new Map(), at)
  const { contested } = decide(conflicts, new Set(), ledger, book, at)
  const kept = keptBy(keepingsAsRead(reservations, ledger, at))
  withhold(ledger, [...kept, ...carriedByNodes(nodes), ...withheldBy(book, at), ...contested])
  return [...ledger.withheld.IPv4.values(), ...ledger.withheld.IPv6.values()]
}
