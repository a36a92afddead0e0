import type { Cidr } from "../../ip/cidr.ts"
import { BucketEdit, type Buckets, bucketsOf, emptyBuckets, valueAt, valuesOf } from "./buckets.ts"
import type { Route } from "./route.ts"

/**
 * The routes of one family towards one peer: what it should have, what it was told (the Adj-RIB-Out of RFC 4271 section 3.2), and
 * where the two may differ. A change touches its own prefixes alone.
 */
export type FamilyRib = {
  /** BOUNDED by the routes of this node, as the next two are. */
  readonly wanted: Buckets<Route>
  readonly told: Buckets<Told>
  /** Prefixes to be compared at the next flush. */
  readonly dirty: Buckets<Cidr>
  /** Wanted, and not told because the attributes do not fit a message. */
  readonly unfit: Buckets<Cidr>
  /** Whether `wanted` is all that there will be for now, so that the peer may be told that its table is complete. */
  readonly complete: boolean
  /** RFC 4724 section 2: not agreed on; to be sent once the table is complete; sent. */
  readonly endOfRib: "none" | "owed" | "sent"
  /** RFC 2918: no; asked for; its routes are being sent, with the markers of RFC 7313 or without. */
  readonly refresh: "no" | "wanted" | "running"
}

/** `key` of the attributes that the peer has; undefined where it is to be told again whatever it has. */
export type Told = { readonly prefix: Cidr; readonly key: string | undefined }

export const emptyRib = (): FamilyRib => ({
  wanted: emptyBuckets(),
  told: emptyBuckets(),
  dirty: emptyBuckets(),
  unfit: emptyBuckets(),
  complete: false,
  endOfRib: "none",
  refresh: "no",
})

/** Routes that are new or changed, and prefixes that have none any more. */
export const changeRoutes = (rib: FamilyRib, set: readonly Route[], gone: readonly Cidr[]): FamilyRib => {
  const wanted = new BucketEdit(rib.wanted)
  const dirty = new BucketEdit(rib.dirty)
  const unfit = new BucketEdit(rib.unfit)
  for (const route of set) {
    wanted.set(route.prefix, route)
    dirty.set(route.prefix, route.prefix)
  }
  for (const prefix of gone) {
    wanted.delete(prefix)
    unfit.delete(prefix)
    if (valueAt(rib.told, prefix) === undefined) dirty.delete(prefix)
    else dirty.set(prefix, prefix)
  }
  return { ...rib, wanted: wanted.done(), dirty: dirty.done(), unfit: unfit.done() }
}

/** Exactly these routes. */
export const replaceRoutes = (rib: FamilyRib, routes: readonly Route[]): FamilyRib => {
  const dirty = new BucketEdit(emptyBuckets<Cidr>())
  for (const { prefix } of valuesOf(rib.told)) dirty.set(prefix, prefix)
  for (const { prefix } of routes) dirty.set(prefix, prefix)
  return { ...rib, wanted: bucketsOf(routes, ({ prefix }) => prefix), dirty: dirty.done(), unfit: emptyBuckets() }
}

/** A session begins: the peer has nothing. */
export const beginRib = (rib: FamilyRib, endOfRib: "none" | "owed"): FamilyRib => ({
  ...rib,
  told: emptyBuckets(),
  dirty: allPrefixes(rib.wanted),
  unfit: emptyBuckets(),
  endOfRib,
  refresh: "no",
})

/** Everything is told once more: the next hop is another, or the peer asked for it. */
export const tellAgain = (rib: FamilyRib): FamilyRib => {
  const told = new BucketEdit(rib.told)
  const dirty = new BucketEdit(rib.dirty)
  for (const { prefix } of valuesOf(rib.told)) {
    told.set(prefix, { prefix, key: undefined })
    dirty.set(prefix, prefix)
  }
  for (const { prefix } of valuesOf(rib.wanted)) dirty.set(prefix, prefix)
  return { ...rib, told: told.done(), dirty: dirty.done() }
}

const allPrefixes = (routes: Buckets<Route>): Buckets<Cidr> =>
  bucketsOf(
    [...valuesOf(routes)].map(({ prefix }) => prefix),
    prefix => prefix,
  )
