import type { BfdLink } from "../../core/bfd/place.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import type { NetworkInterface } from "../../ports/interfaces.ts"

/** Interfaces that are up, with their addresses: what a session may run on. */
export const linksOf = (interfaces: readonly NetworkInterface[]): readonly BfdLink[] =>
  interfaces
    .filter(({ up }) => up)
    .map(({ index, name, master, addresses }) => ({
      index,
      name,
      vrf: interfaces.find(other => other.index === master)?.name ?? "",
      addresses: addresses.flatMap(({ address: text, prefixLength }) => {
        const address = parseAddress(text)
        return address === undefined ? [] : [{ address, prefixLength }]
      }),
    }))
