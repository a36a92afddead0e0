import type { Crypto } from "../../crypto.ts"

/** What is placed as a whole: the addresses that one service decides about. Nodes are positions in a list by name. */
export type Unit = {
  /** The text of the service's first address. */
  readonly name: string
  /** How many addresses go with it. */
  readonly weight: number
  /** The nodes that may have it and that its advertisements prefer most, ascending; never empty. */
  readonly nodes: readonly number[]
  /** Those that may have it once none of `nodes` may. */
  readonly fallback: readonly number[]
  /** The one of `nodes` that has it now; undefined where none of them does. */
  readonly present: number | undefined
}

/** A move weighs more than any sum of hashes along a way over 1,024 nodes. */
const moved = 2 ** 40
const hashBits = 30

/** How far a node is from an address, 0 to 2^30: what decides where nothing else does. */
export const closenessOf = (crypto: Crypto): ((address: string, node: string) => number) => {
  // BOUNDED by the texts of one placement.
  const seeds = new Map<string, number>()
  const seedOf = (text: string): number => {
    const seed = seeds.get(text) ?? new DataView(Uint8Array.from(crypto.sha256(text)).buffer).getUint32(0)
    seeds.set(text, seed)
    return seed
  }
  return (address, node) => blend(seedOf(address), seedOf(node))
}

/**
 * What it costs to have each unit on each node, at unit * nodes + node: nothing where it is now, else one move and how far
 * the node is from the address; Infinity where it may not be. That distance makes the cheapest placement the only one, so
 * that every speaker finds the same: also one that looks when half of the moves are done.
 */
export const costsOf = (units: readonly Unit[], nodes: readonly string[], crypto: Crypto): Float64Array => {
  const close = closenessOf(crypto)
  const costs = new Float64Array(units.length * nodes.length).fill(Number.POSITIVE_INFINITY)
  for (const [unit, { name, present, nodes: allowed }] of units.entries()) {
    const start = present === undefined ? 0 : moved
    for (const node of allowed)
      costs[unit * nodes.length + node] = node === present ? 0 : start + close(name, nodes[node] ?? "")
  }
  return costs
}

/** Two hashes to one of 30 bits: the finalizer of MurmurHash3, since 100,000 pairs of a large cluster are too many for SHA-256. */
const blend = (a: number, b: number): number => {
  let mixed = a ^ Math.imul(b, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> (32 - hashBits)
}
