import type { IpFamily } from "../model.ts"
import type { Address, AddressRange } from "./address.ts"

export type Owned<T> = { readonly range: AddressRange; readonly owner: T }

/**
 * Disjoint ranges with an owner each, looked up by binary search, so that a lookup among thousands of ranges costs no
 * more than a dozen comparisons. BOUNDED by what the caller adds; `add` keeps the ranges disjoint.
 */
export class RangeIndex<T> {
  readonly #byFamily: Record<IpFamily, Owned<T>[]> = { IPv4: [], IPv6: [] }

  /** Adds a range; where it overlaps one that is here already, nothing changes and that one is returned. */
  add(range: AddressRange, owner: T): Owned<T> | undefined {
    const clash = this.overlapping(range)
    if (clash !== undefined) return clash
    const list = this.#byFamily[range.family]
    list.splice(firstEndingAtOrAfter(list, range.first), 0, { range, owner })
    return undefined
  }

  /** The lowest range that shares an address with the given one. */
  overlapping(range: AddressRange): Owned<T> | undefined {
    const list = this.#byFamily[range.family]
    const found = list[firstEndingAtOrAfter(list, range.first)]
    return found !== undefined && found.range.first <= range.last ? found : undefined
  }

  /** The range that contains the address. */
  containing(address: Address): Owned<T> | undefined {
    return this.overlapping({ family: address.family, first: address.value, last: address.value })
  }
}

const firstEndingAtOrAfter = <T>(list: readonly Owned<T>[], value: bigint): number => {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = list[middle]
    if (entry !== undefined && entry.range.last < value) low = middle + 1
    else high = middle
  }
  return low
}
