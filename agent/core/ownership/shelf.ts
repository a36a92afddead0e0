import type { Millis } from "../detector/timings.ts"
import type { Claim } from "./claim.ts"
import type { Claims } from "./message.ts"

/** What another speaker claims on one link, as far as it has told. BOUNDED by 512 pages of 32 claims. */
export type Shelf = {
  readonly boot: number
  readonly mac: string
  /** How many pages that speaker has. */
  readonly count: number
  readonly pages: ReadonlyMap<number, ShelfPage>
}

export type ShelfPage = { readonly version: number; readonly at: Millis; readonly claims: readonly Claim[] }

export const emptyShelf = (boot: number): Shelf => ({ boot, mac: "", count: 1, pages: new Map() })

/** The shelf with the page, unless a later version of it is there already. */
export const withPage = (shelf: Shelf, { page, pages, version, mac, claims }: Claims, at: Millis): Shelf => {
  const known = shelf.pages.get(page)
  if (known !== undefined && known.version > version) return shelf
  return { ...shelf, mac, count: pages, pages: new Map(shelf.pages).set(page, { version, at, claims }) }
}

/** True where every page was told at `since` or later. */
export const toldSince = (shelf: Shelf | undefined, since: Millis): boolean => {
  if (shelf === undefined) return false
  for (let page = 0; page < shelf.count; page += 1) {
    const known = shelf.pages.get(page)
    if (known === undefined || known.at < since) return false
  }
  return true
}
