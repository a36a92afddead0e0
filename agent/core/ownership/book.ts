import { type Claim, sameClaim } from "./claim.ts"
import { maxPages, pageSize } from "./message.ts"

/** One page of claims; a claim stays on its page for as long as it is made. */
export type Page = { readonly version: number; readonly claims: ReadonlyMap<string, Claim> }

const listed = new WeakMap<Page, readonly Claim[]>()

/** The claims of a page by VIP; the same list each time, because it goes to every peer. */
export const listOf = (page: Page): readonly Claim[] => {
  const known = listed.get(page)
  if (known !== undefined) return known
  const list = [...page.claims.values()].sort((a, b) => (a.vip < b.vip ? -1 : 1))
  listed.set(page, list)
  return list
}

/** All that this speaker claims on one link. There is always a first page: "nothing" is worth telling too. */
export type Book = { readonly pages: readonly Page[]; readonly version: number }

export const emptyBook: Book = { pages: [{ version: 1, claims: new Map() }], version: 1 }

/** The book with the claim made or changed; the same book where nothing changes, or where all 512 pages are full. */
export const withClaim = (book: Book, claim: Claim): Book => {
  const found = book.pages.findIndex(page => page.claims.has(claim.vip))
  const known = book.pages[found]?.claims.get(claim.vip)
  if (known !== undefined && sameClaim(known, claim)) return book
  const room = found >= 0 ? found : book.pages.findIndex(page => page.claims.size < pageSize)
  const at = room >= 0 ? room : book.pages.length
  if (at >= maxPages) return book
  return replaced(book, at, new Map(book.pages[at]?.claims).set(claim.vip, claim))
}

/** The book without the claim. */
export const withoutClaim = (book: Book, vip: string): Book => {
  const at = book.pages.findIndex(page => page.claims.has(vip))
  if (at < 0) return book
  const claims = new Map(book.pages[at]?.claims)
  claims.delete(vip)
  return replaced(book, at, claims)
}

const replaced = (book: Book, at: number, claims: ReadonlyMap<string, Claim>): Book => {
  const version = book.version + 1
  const pages = [...book.pages]
  pages[at] = { version, claims }
  return { pages, version }
}
