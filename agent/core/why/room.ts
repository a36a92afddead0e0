import type { Config, Pool } from "../config/model.ts"
import type { AddressRange } from "../ip/address.ts"
import { parseAddress } from "../ip/parse.ts"
import { rangeSize, rangesOverlap } from "../ip/range.ts"
import type { IpFamily, Node } from "../model.ts"

/**
 * A range that would extend a pool: right behind its last address or else right before its first, at most as many
 * addresses as the pool has and never more than 16, in no pool and carried by no node. IPv4 stays in the pool's /24,
 * because beyond it the link may end, and off its first, second and last address, which are mostly network, router and
 * broadcast. Undefined where there is no such range. What else uses those addresses nobody can know from here.
 */
export const roomBeside = (
  pool: Pool,
  family: IpFamily,
  config: Config,
  nodes: readonly Node[],
): AddressRange | undefined => {
  const ranges = pool.ranges.filter(range => range.family === family)
  const last = ranges.at(-1)
  const first = ranges[0]
  if (last === undefined || first === undefined) return undefined
  const total = ranges.reduce((sum, range) => sum + rangeSize(range), 0n)
  const want = total < 16n ? total : 16n
  const taken = takenRanges(config, nodes)
  const isFree = (value: bigint): boolean =>
    inReach(family, value, last.last) &&
    !taken.some(range => rangesOverlap(range, { family, first: value, last: value }))
  return growUp(family, last.last + 1n, want, isFree) ?? growDown(family, first.first - 1n, want, isFree)
}

const growUp = (family: IpFamily, from: bigint, want: bigint, isFree: (value: bigint) => boolean) => {
  let end = from
  while (end - from < want && isFree(end)) end += 1n
  return end > from ? { family, first: from, last: end - 1n } : undefined
}

const growDown = (family: IpFamily, from: bigint, want: bigint, isFree: (value: bigint) => boolean) => {
  let start = from
  while (from - start < want && isFree(start)) start -= 1n
  return start < from ? { family, first: start + 1n, last: from } : undefined
}

const inReach = (family: IpFamily, value: bigint, beside: bigint): boolean => {
  if (value < 0n) return false
  if (family === "IPv6") return value >> 64n === beside >> 64n
  const octet = value & 255n
  return value >> 8n === beside >> 8n && octet > 1n && octet < 255n
}

const takenRanges = (config: Config, nodes: readonly Node[]): readonly AddressRange[] => [
  ...config.pools.flatMap(pool => pool.ranges),
  ...nodes.flatMap(node =>
    node.addresses.flatMap(text => {
      const address = parseAddress(text)
      return address === undefined ? [] : [{ family: address.family, first: address.value, last: address.value }]
    }),
  ),
]
