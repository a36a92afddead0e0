import type { Address, AddressRange } from "../ip/address.ts"

/** So many answers for addresses that nobody has, beside the one that is asked for, show a router or firewall that answers for everything. */
export const guardCount = 2
/** How far from the middle of a range they are looked for. */
const reach = 64n

/**
 * Addresses of the pool that no service and no node has, from the middle of its ranges outwards: a network's gateway has its first
 * or its last one, and services have the lowest ones of the pool. Fewer than guardCount where the pool has no more.
 */
export const guardsFor = (
  { family, value }: Address,
  pool: readonly AddressRange[],
  isTaken: (address: Address) => boolean,
): readonly Address[] => {
  const found: Address[] = []
  for (const range of pool) {
    if (range.family !== family) continue
    const middle = (range.first + range.last) / 2n
    for (let distance = 0n; distance <= reach && found.length < guardCount; distance += 1n) {
      for (const candidate of distance === 0n ? [middle] : [middle + distance, middle - distance]) {
        if (found.length === guardCount || candidate < range.first || candidate > range.last) continue
        const one = { family, value: candidate }
        if (candidate !== value && !isTaken(one)) found.push(one)
      }
    }
  }
  return found
}
