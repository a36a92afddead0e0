import { prefixKey } from "../../core/bgp/rib/buckets.ts"
import type { Route } from "../../core/bgp/rib/route.ts"
import type { Cidr } from "../../core/ip/cidr.ts"

/** What differs between two tables: routes that are new or changed, and prefixes that have none any more. */
export const routeChanges = (
  before: readonly Route[],
  after: readonly Route[],
): { readonly set: readonly Route[]; readonly gone: readonly Cidr[] } => {
  const old = new Map(before.map(route => [keyOf(route), route]))
  const set: Route[] = []
  for (const route of after) {
    const key = keyOf(route)
    const known = old.get(key)
    old.delete(key)
    if (known === undefined || !sameAttributes(known, route)) set.push(route)
  }
  return { set, gone: [...old.values()].map(({ prefix }) => prefix) }
}

const keyOf = ({ prefix }: Route): string => `${prefix.base.family}/${prefixKey(prefix)}`

const sameAttributes = ({ attributes: a }: Route, { attributes: b }: Route): boolean =>
  a === b || (a.internalKey === b.internalKey && a.externalKey === b.externalKey)
