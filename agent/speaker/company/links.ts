import { type Assigned, linkOf } from "../../core/detector/link.ts"
import type { LinkId } from "../../core/detector/peer.ts"
import { formatAddress } from "../../core/ip/format.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import { cidrRange } from "../../core/ip/range.ts"
import { formatMac } from "../../core/net/mac.ts"
import { type Domain, domainsFor } from "../../core/ownership/wanted.ts"
import type { EndFor } from "../assignments.ts"
import type { GuardLink } from "../guard-terms.ts"
import type { UsableLink } from "../links.ts"

/** The links of this node as the detector and the ownership know them. */
export type OwnLinks = {
  /** The one with the membership's own address first: there the others find this process. */
  readonly ends: readonly GuardLink[]
  readonly domains: readonly Domain[]
  /** By the name of the interface; several interfaces on one link are one. BOUNDED by the interfaces. */
  readonly linkOf: ReadonlyMap<string, LinkId>
  /** The interface that stands for a link. */
  readonly interfaceOf: ReadonlyMap<LinkId, string>
}

export const noLinks: OwnLinks = { ends: [], domains: [], linkOf: new Map(), interfaceOf: new Map() }

/** By the name of the interface: the routers behind it, those of default routes first. */
export type Gateways = ReadonlyMap<string, readonly string[]>

/** An interface without a subnet of its own is no link: nobody could tell that it is the same one elsewhere. */
export const ownLinks = (usable: readonly UsableLink[], bindAddress: string, gateways: Gateways): OwnLinks => {
  const ends = new Map<LinkId, GuardLink>()
  const domains = new Map<LinkId, Domain>()
  const linkNames = new Map<string, LinkId>()
  const interfaceOf = new Map<LinkId, string>()
  for (const { index, name, mac, running, addresses } of usable) {
    const assigned = addresses.flatMap(({ address: text, prefixLength }): readonly Assigned[] => {
      const address = parseAddress(text)
      return address === undefined ? [] : [{ address, length: prefixLength }]
    })
    // Of several subnets the one with the address that the others know: a mark with another one would say nothing to them.
    const bound = assigned.filter(({ address }) => formatAddress(address) === bindAddress)
    const found = linkOf(bound) ?? linkOf(assigned)
    if (found === undefined) continue
    const { link } = found
    linkNames.set(name, link)
    const subnets = assigned.map(({ address, length }) => cidrRange(address, length))
    domains.set(link, { link, subnets: [...(domains.get(link)?.subnets ?? []), ...subnets] })
    const known = ends.get(link)
    const isBound = formatAddress(found.address) === bindAddress
    // Of two interfaces on one link the better one stands for it.
    if (known !== undefined && !(running && !known.up) && !isBound) continue
    interfaceOf.set(link, name)
    ends.set(link, {
      link,
      mac: formatMac(mac),
      address: isBound ? bindAddress : formatAddress(found.address),
      up: running,
      gateways: gateways.get(name) ?? [],
      interfaceIndex: index,
    })
  }
  const boundFirst = [...ends.values()].sort(
    (a, b) => Number(b.address === bindAddress) - Number(a.address === bindAddress),
  )
  return { ends: boundFirst, domains: [...domains.values()], linkOf: linkNames, interfaceOf }
}

/** Which of the interfaces have an address's subnet. */
export const endsFor = ({ domains, linkOf }: OwnLinks): EndFor => {
  const namesOn = (link: LinkId) => new Set([...linkOf].flatMap(([name, of]) => (of === link ? [name] : [])))
  const ends = domains.map(domain => ({ ...domain, interfaces: namesOn(domain.link) }))
  return address => {
    const [first, ...others] = domainsFor(address, ends)
    if (first === undefined || others.length === 0) return first
    return { link: first.link, interfaces: new Set([first, ...others].flatMap(({ interfaces }) => [...interfaces])) }
  }
}
