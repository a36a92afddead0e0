import { addressesOf, keyOf } from "../allocate/claim.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey, Service } from "../model.ts"

/** What a ServiceL2Status says: this node announces the service. */
export type Announcer = { readonly service: ObjectKey; readonly node: string }

/**
 * Who says that it announces each address, by its canonical text; where several do, the first by name: whoever reads the same objects
 * finds the same.
 */
export const presentOwners = (
  services: Iterable<Service>,
  announcers: readonly Announcer[],
): ReadonlyMap<string, string> => {
  const byService = new Map([...services].map(service => [keyOf(service), service]))
  const owners = new Map<string, string>()
  for (const { service, node } of announcers.toSorted((a, b) => (a.node < b.node ? 1 : -1))) {
    const found = byService.get(service)
    for (const address of found === undefined ? [] : addressesOf(found)) owners.set(formatAddress(address), node)
  }
  return owners
}
