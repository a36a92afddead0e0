import type { IpFamily } from "../../model.ts"

/** An address family as capabilities and attributes name it (RFC 4760 section 3): AFI 0..65535, SAFI 0..255. */
export type Family = { readonly afi: number; readonly safi: number }

const afis: Readonly<Record<IpFamily, number>> = { IPv4: 1, IPv6: 2 }
const unicast = 1

/** The unicast routes of an IP family, which are all that this speaker has. */
export const familyOf = (ip: IpFamily): Family => ({ afi: afis[ip], safi: unicast })

/** Undefined for what is not unicast of IPv4 or IPv6. */
export const ipFamilyOf = ({ afi, safi }: Family): IpFamily | undefined => {
  if (safi !== unicast) return undefined
  return afi === afis.IPv4 ? "IPv4" : afi === afis.IPv6 ? "IPv6" : undefined
}

export const afiOf = (ip: IpFamily): number => afis[ip]

export const familyText = (family: Family): string => {
  const ip = ipFamilyOf(family)
  return ip === undefined ? `AFI ${family.afi} SAFI ${family.safi}` : `${ip} unicast`
}
