import type { Cidr } from "../../ip/cidr.ts"
import { BucketEdit, valueAt, valuesOf } from "./buckets.ts"
import type { FamilyRib } from "./family-rib.ts"
import { announcing, keyOf, type Outbound, type Packed, withdrawing } from "./outbound.ts"
import { comparePrefixes, type RouteAttributes } from "./route.ts"

export type Flushed = {
  readonly rib: FamilyRib
  /** Whole UPDATE messages, in the order to send them. */
  readonly messages: readonly Uint8Array[]
}

/**
 * The fewest UPDATEs that make what the peer has into what it should have, until at least `budget` bytes are reached; what is left
 * stays dirty. New and changed routes go before withdrawals, so that nothing is unreachable in between. Routes with equal
 * attributes share messages, groups in the order of their keys, routes in the order of their prefixes.
 */
export const flush = (rib: FamilyRib, out: Outbound, budget: number): Flushed => {
  const { groups, gone, settled } = compare(rib, out)
  const told = new BucketEdit(rib.told)
  const dirty = new BucketEdit(rib.dirty)
  const unfit = new BucketEdit(rib.unfit)
  const messages: Uint8Array[] = []
  let left = budget
  for (const prefix of [...settled, ...gone]) unfit.delete(prefix)
  for (const prefix of settled) dirty.delete(prefix)
  /** False once the budget is used up. */
  const send = (batch: Iterable<Packed>, done: (prefix: Cidr) => void): boolean => {
    if (left <= 0) return false
    for (const { message, prefixes } of batch) {
      messages.push(message)
      left -= message.length
      for (const prefix of prefixes) {
        dirty.delete(prefix)
        done(prefix)
      }
      if (left <= 0) return false
    }
    return true
  }
  const finished = (): Flushed => ({
    rib: { ...rib, told: told.done(), dirty: dirty.done(), unfit: unfit.done() },
    messages,
  })
  const leaving = [...gone]
  for (const { key, attributes, prefixes } of groups) {
    const batch = announcing(prefixes, attributes, out)
    if (batch === undefined) {
      // What the peer has of them is not what is wanted any more.
      for (const prefix of prefixes) {
        unfit.set(prefix, prefix)
        if (told.get(prefix) === undefined) dirty.delete(prefix)
        else leaving.push(prefix)
      }
      continue
    }
    const isWhole = send(batch, prefix => {
      told.set(prefix, { prefix, key })
      unfit.delete(prefix)
    })
    if (!isWhole) return finished()
  }
  send(withdrawing(leaving.sort(comparePrefixes), out), prefix => told.delete(prefix))
  return finished()
}

type Group = { readonly key: string; readonly attributes: RouteAttributes; readonly prefixes: Cidr[] }

type Comparison = {
  readonly groups: readonly Group[]
  readonly gone: readonly Cidr[]
  /** The peer has what it should. */
  readonly settled: readonly Cidr[]
}

const compare = (rib: FamilyRib, out: Outbound): Comparison => {
  const groups = new Map<string, Group>()
  const gone: Cidr[] = []
  const settled: Cidr[] = []
  for (const prefix of valuesOf(rib.dirty)) {
    const attributes = valueAt(rib.wanted, prefix)?.attributes
    const told = valueAt(rib.told, prefix)
    const key = attributes === undefined || out.hops === undefined ? undefined : keyOf(attributes, out)
    if (attributes === undefined || key === undefined) (told === undefined ? settled : gone).push(prefix)
    else if (told?.key === key) settled.push(prefix)
    else {
      const group = groups.get(key) ?? { key, attributes, prefixes: [] }
      groups.set(key, group)
      group.prefixes.push(prefix)
    }
  }
  const ordered = [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const { prefixes } of ordered) prefixes.sort(comparePrefixes)
  return { groups: ordered, gone, settled }
}
