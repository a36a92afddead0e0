import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import type { Node } from "../model.ts"

/** An address that nodes carry themselves, and their names in order. */
export type Carried = { readonly address: Address; readonly nodes: readonly string[] }

/** By the canonical text of the address. BOUNDED by the nodes' addresses. */
export type Carriers = ReadonlyMap<string, Carried>

/** From the nodes in the order of their names. What is no address (a host name) is left out. */
export const carriersOf = (nodes: readonly Node[]): Carriers => {
  const found = new Map<string, Carried>()
  for (const { name, addresses } of nodes) {
    for (const address of parsed(addresses)) {
      const text = formatAddress(address)
      const others = found.get(text)?.nodes ?? []
      if (!others.includes(name)) found.set(text, { address, nodes: [...others, name] })
    }
  }
  return found
}

/** Those of the addresses that a node carries. */
export const carriedOf = (addresses: readonly Address[], carriers: Carriers): readonly Carried[] =>
  addresses.flatMap(address => carriers.get(formatAddress(address)) ?? [])

/**
 * The facts about one that another node carries and this one does not. Whoever else answered for it would take that node off the
 * network: what is meant for its kubelet, and the answers to its own connections, would go to the wrong machine.
 */
export const carriedByOthers = (carried: readonly Carried[], node: string) => {
  const other = carried.find(({ nodes }) => !nodes.includes(node))
  return other && { node, address: formatAddress(other.address), carriers: other.nodes.slice(0, 16) }
}

// An object from the API stays the same object until it changes, and a pass over all nodes comes with every change of a service.
const known = new WeakMap<readonly string[], readonly Address[]>()

const parsed = (addresses: readonly string[]): readonly Address[] => {
  const before = known.get(addresses)
  if (before !== undefined) return before
  const found = addresses.flatMap(text => parseAddress(text) ?? [])
  known.set(addresses, found)
  return found
}
