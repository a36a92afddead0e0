import type { Address } from "../ip/address.ts"
import type { ObjectKey } from "../model.ts"

/** What a service gets: addresses of one pool, IPv4 first, up to 8 of a family. */
export type Allocation = {
  readonly pool: string
  readonly addresses: readonly Address[]
  /** Services that have one of the addresses too, sorted; at most 16 for each address. */
  readonly sharedWith: readonly ObjectKey[]
}
