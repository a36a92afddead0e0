import type { AddressRange } from "../../agent/core/ip/address.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { compareRanges, formatRange, intersectRanges, parseRange, rangeContains } from "../../agent/core/ip/range.ts"
import type { PoolResource } from "../../agent/core/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure, type Fault } from "../cli/failure.ts"
import { endsOf } from "./pool-order.ts"
import { judgeSnapshot } from "./pool-use.ts"

/** A pool as it is to be. */
export type PoolWish = {
  readonly name: string
  /** New ones only. */
  readonly ranges: readonly string[]
  /** All ranges that the pool would have. */
  readonly written: readonly string[]
  readonly existing: PoolResource | undefined
  readonly snapshot: Snapshot
  /** Whether addresses of nodes may be in it. */
  readonly mayHoldNodes: boolean
}

/** Throws a Failure with everything that speaks against a pool: overlaps, what the agents would say, nodes inside. */
export const checkWish = (wish: PoolWish): void => {
  const overlaps = overlapFaults(wish)
  if (overlaps.length > 0) throw new Failure(exitCodes.no, ...overlaps)
  const judged = judgedFaults(wish)
  if (judged.length > 0) throw new Failure(exitCodes.no, ...judged)
  const nodes = wish.mayHoldNodes ? [] : nodeFaults(wish)
  if (nodes.length > 0) throw new Failure(exitCodes.refused, ...nodes)
}

const read = (written: string): readonly AddressRange[] => {
  const parsed = parseRange(written)
  return parsed.ok ? [parsed.range] : []
}

/**
 * Overlaps of the new ranges with every pool in use. The agents' judgement alone would not do: of two overlapping pools it
 * keeps the older one, so extending an old pool would silently take addresses from a younger.
 */
const overlapFaults = ({ name, ranges, snapshot }: PoolWish): readonly Fault[] => {
  const pools = judgeSnapshot(snapshot).config.pools
  const taken = pools.flatMap(pool => pool.ranges)
  return ranges.flatMap(written =>
    read(written).flatMap(range =>
      pools.flatMap(pool => {
        const shared = pool.ranges.flatMap(other => intersectRanges(range, other) ?? [])
        if (shared.length === 0) return []
        const left = remainder(range, taken)
        return [
          {
            message: `range overlaps pool "${pool.name}" on ${shared.map(endsOf).join(", ")}`,
            code: pool.name === name ? ("ML212" as const) : ("ML213" as const),
            where: `--range ${written}`,
            ...(left.length === 0 ? {} : { fix: left.map(part => `--range ${endsOf(part)}`).join(" ") }),
          },
        ]
      }),
    ),
  )
}

/** What is left of a range without those that are taken, ascending. */
const remainder = (range: AddressRange, taken: readonly AddressRange[]): readonly AddressRange[] => {
  const left: AddressRange[] = []
  let next = range.first
  for (const clash of taken.flatMap(other => intersectRanges(range, other) ?? []).sort(compareRanges)) {
    if (clash.first > next) left.push({ ...range, first: next, last: clash.first - 1n })
    if (clash.last >= next) next = clash.last + 1n
  }
  if (next <= range.last) left.push({ ...range, first: next })
  return left
}

/** What the agents would say against the pool if it were stored as wished. */
const judgedFaults = ({ name, written, existing, snapshot }: PoolWish): readonly Fault[] => {
  const resource: PoolResource = { ...(existing ?? newPool(name, snapshot)), addresses: written }
  const pools = [...snapshot.pools.filter(pool => pool !== existing), resource]
  return judgeSnapshot({ ...snapshot, pools })
    .problems.filter(({ object, severity }) => object === `ipaddresspool/${name}` && severity === "error")
    .map(({ message, reason, field, facts }) => ({ message, code: reason, where: field, fix: fixOf(reason, facts) }))
}

/** Newer than every other, as the server would make it. */
const newPool = (name: string, snapshot: Snapshot): PoolResource => ({
  namespace: snapshot.installNamespace,
  name,
  uid: "",
  resourceVersion: "",
  createdAt: Number.MAX_SAFE_INTEGER,
  labels: {},
  annotations: {},
  generation: 1,
  addresses: [],
  autoAssign: true,
  avoidBuggyIPs: false,
  serviceAllocation: undefined,
})

const nodeFaults = ({ ranges, snapshot: { nodes } }: PoolWish): readonly Fault[] =>
  ranges.flatMap(read).flatMap(range =>
    nodes.flatMap(node =>
      node.addresses.flatMap(written => {
        const address = parseAddress(written)
        if (address === undefined || !rangeContains(range, address)) return []
        const facts = { range: formatRange(range), address: formatAddress(address), node: node.name }
        return [{ message: phraseOf("ML613", facts), code: "ML613" as const, fix: fixOf("ML613", facts) }]
      }),
    ),
  )
