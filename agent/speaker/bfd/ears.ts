import type { BfdEar, BfdEarRequest, BfdWire } from "../../ports/bfd-wire.ts"

/** The ears that are open, each shared by the sessions of one port, family and interface. */
export type Ears = {
  /** Opens it for the first session. Throws what `listen` throws. */
  readonly take: (request: BfdEarRequest) => BfdEar
  /** Closes it with the last. */
  readonly give: (ear: BfdEar) => void
}

export const createEars = (wire: BfdWire): Ears => {
  // BOUNDED by the interfaces of this node, times two families; over several hops one a family and VRF.
  const open = new Map<string, { readonly ear: BfdEar; users: number }>()
  return {
    take: request => {
      const key = `${request.hops} ${request.family} ${request.interfaceIndex ?? "any"}`
      const known = open.get(key) ?? { ear: wire.listen(request), users: 0 }
      known.users += 1
      open.set(key, known)
      return known.ear
    },
    give: ear => {
      for (const [key, entry] of open) {
        if (entry.ear !== ear) continue
        entry.users -= 1
        if (entry.users > 0) continue
        ear.close()
        open.delete(key)
      }
    },
  }
}
