import type { NodeName } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Change } from "./change.ts"

/** An address went from one owner to another, or was stood in for, put together from what all speakers told. */
export type OwnerChange = {
  /** Milliseconds since the epoch, by the new owner's clock where it told it. */
  readonly at: Millis
  readonly vip: string
  /** undefined: nobody had it, or nobody knows. */
  readonly from: NodeName | undefined
  /** undefined: nobody has it then. */
  readonly to: NodeName | undefined
  /** Why the new owner started; where it did not tell, why the old one stopped. */
  readonly reason: ReasonCode
  readonly because: ReasonCode | undefined
  readonly vacantFor: Millis | undefined
  /** Who answered in the owner's name, which is `from` and `to` then; undefined where the owner changed. */
  readonly standIn: NodeName | undefined
  /** Who told it: one of the two, or both. */
  readonly told: readonly NodeName[]
}

/** Clocks of nodes differ, and an owner stops up to two seconds after the next one began. */
const apart: Millis = 5_000

/**
 * One list from what many speakers told, newest first. What one stopped and the other started within five seconds is one
 * change; a half whose other half is missing, because that node has gone since, stands alone.
 */
export const ownerChanges = (told: readonly Change[]): readonly OwnerChange[] =>
  [...Map.groupBy(told, ({ vip }) => vip).values()]
    .flatMap(changesOfOne)
    .sort((a, b) => b.at - a.at || (a.vip < b.vip ? -1 : 1))

const changesOfOne = (told: readonly Change[]): readonly OwnerChange[] => {
  const sorted = [...told].sort((a, b) => a.at - b.at || (a.node < b.node ? -1 : 1))
  const stops = sorted.filter(({ did }) => did === "stopped")
  const found: OwnerChange[] = []
  for (const start of sorted.filter(({ did }) => did === "started")) {
    const stop = nearest(
      start,
      stops.filter(one => belongs(one, start)),
    )
    if (stop !== undefined) stops.splice(stops.indexOf(stop), 1)
    const { at, vip, node, reason, because, vacantFor } = start
    const told = stop === undefined ? [node] : [node, stop.node].sort()
    const standIn = undefined
    found.push({ at, vip, from: start.other ?? stop?.node, to: node, reason, because, vacantFor, standIn, told })
  }
  for (const { at, vip, node, other, reason, because, vacantFor } of sorted.filter(({ did }) => did === "stood-in"))
    found.push({ at, vip, from: other, to: other, reason, because, vacantFor, standIn: node, told: [node] })
  for (const { at, vip, node, other, reason, because, vacantFor } of stops)
    found.push({ at, vip, from: node, to: other, reason, because, vacantFor, standIn: undefined, told: [node] })
  return found
}

/** Both may be the two halves of one change. */
const belongs = (stop: Change, start: Change): boolean =>
  Math.abs(stop.at - start.at) <= apart &&
  stop.node !== start.node &&
  (stop.other ?? start.node) === start.node &&
  (start.other ?? stop.node) === stop.node

const nearest = ({ at }: Change, stops: readonly Change[]): Change | undefined =>
  stops.reduce<Change | undefined>(
    (best, stop) => (best === undefined || Math.abs(stop.at - at) < Math.abs(best.at - at) ? stop : best),
    undefined,
  )
