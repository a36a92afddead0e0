import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import type { Node } from "../model.ts"
import type { Withheld } from "./withheld.ts"

/** The addresses that nodes carry themselves, each once; of several nodes the first by name is named. */
export const carriedByNodes = (nodes: Iterable<Node>): readonly Withheld[] => {
  const found = new Map<string, Withheld>()
  for (const node of [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const text of node.addresses) {
      const address = parseAddress(text)
      if (address === undefined) continue
      const canonical = formatAddress(address)
      const facts = { address: canonical, node: node.name }
      if (!found.has(canonical)) found.set(canonical, { address, reason: "ML135", facts, contested: false })
    }
  }
  return [...found.values()]
}
