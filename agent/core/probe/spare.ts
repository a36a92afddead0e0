import type { Address, AddressRange } from "../ip/address.ts"
import { rangeContains } from "../ip/range.ts"

/** How many addresses are asked for beside one, and how far from it those of the pool may lie. */
const most = 8
const reach = 16n
/** Beyond the pool: spread over the /24 or /120 around it, off the network's first addresses and its last one. */
const spread = [37n, 74n, 111n, 148n, 185n, 222n]

/**
 * Free addresses beside one, nearest first: of its pool, then of the network around it, where a pool has few. A station that
 * answers for many of them is a proxy. Those of the pool come first because they are certainly nobody's; of the others only
 * answers of the very station that is in question count. `isTaken`: a service or a node has it.
 */
export const spareBeside = (
  address: Address,
  pool: readonly AddressRange[],
  isTaken: (address: Address) => boolean,
): readonly Address[] => {
  const { family, value } = address
  const found: Address[] = []
  const take = (candidate: bigint): void => {
    const one = { family, value: candidate }
    const isNew = candidate !== value && !found.some(other => other.value === candidate)
    if (found.length < most && candidate >= 0n && isNew && !isTaken(one)) found.push(one)
  }
  for (let distance = 1n; distance <= reach; distance += 1n) {
    for (const candidate of [value + distance, value - distance])
      if (pool.some(range => rangeContains(range, { family, value: candidate }))) take(candidate)
  }
  const network = value & ~255n
  for (const offset of spread) take(network | ((((value & 255n) + offset) % 253n) + 2n))
  return found
}
