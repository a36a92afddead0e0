import { prefixKey } from "../../core/bgp/rib/buckets.ts"
import type { Route } from "../../core/bgp/rib/route.ts"
import { sameAddress } from "../../core/ip/address.ts"
import type { Cidr } from "../../core/ip/cidr.ts"

/**
 * What differs between two tables: routes that are new or changed, and prefixes that have none any more. Tables are made in one order, so
 * that what is equal at both ends is passed over without a look-up: one change among thousands costs a comparison each.
 */
export const routeChanges = (
  before: readonly Route[],
  after: readonly Route[],
): { readonly set: readonly Route[]; readonly gone: readonly Cidr[] } => {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && isSame(before[head], after[head])) head += 1
  let tail = 0
  while (tail < shorter - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) tail += 1
  const old = new Map(before.slice(head, before.length - tail).map(route => [keyOf(route), route]))
  const set: Route[] = []
  for (const route of after.slice(head, after.length - tail)) {
    const key = keyOf(route)
    const known = old.get(key)
    old.delete(key)
    if (known === undefined || !sameAttributes(known, route)) set.push(route)
  }
  return { set, gone: [...old.values()].map(({ prefix }) => prefix) }
}

const keyOf = ({ prefix }: Route): string => `${prefix.base.family}/${prefixKey(prefix)}`

const isSame = (a: Route | undefined, b: Route | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && samePrefix(a.prefix, b.prefix) && sameAttributes(a, b))

const samePrefix = (a: Cidr, b: Cidr): boolean => a.length === b.length && sameAddress(a.base, b.base)

const sameAttributes = ({ attributes: a }: Route, { attributes: b }: Route): boolean =>
  a === b || (a.internalKey === b.internalKey && a.externalKey === b.externalKey)
