import type { Cidr } from "../../ip/cidr.ts"
import type { IpFamily } from "../../model.ts"
import type { Attributes } from "./attribute.ts"

/**
 * UPDATE (RFC 4271 section 4.3), behind the header:
 *
 *   +-----------------------------------------------+
 *   | length of withdrawn routes (2)                |
 *   +-----------------------------------------------+
 *   | withdrawn routes of IPv4                      |
 *   +-----------------------------------------------+
 *   | length of path attributes (2)                 |
 *   +-----------------------------------------------+
 *   | path attributes: flags, type, length, value   |
 *   +-----------------------------------------------+
 *   | announced routes of IPv4, up to the end       |
 *   +-----------------------------------------------+
 */
export type Update = {
  readonly withdrawn: readonly Cidr[]
  readonly attributes: Attributes
  readonly announced: readonly Cidr[]
}

/** What was agreed on in the OPENs and decides how bytes are read and written. */
export type WireOptions = {
  /** AS numbers have four bytes in AS_PATH and AGGREGATOR (RFC 6793). */
  readonly fourOctet: boolean
  /** The peer is of the own AS. */
  readonly internal: boolean
  /** Families that routes are exchanged of; attributes for others are passed over. */
  readonly families: readonly IpFamily[]
  /** Families whose next hops may be of IPv6 (RFC 8950). */
  readonly extendedNextHop: readonly IpFamily[]
}

/** The family whose table an UPDATE says to be complete (RFC 4724 section 2); undefined where it is about routes. */
export const endOfRibOf = ({ withdrawn, attributes, announced }: Update): IpFamily | undefined => {
  if (withdrawn.length > 0 || announced.length > 0) return undefined
  const present = Object.keys(attributes)
  if (present.length === 0) return "IPv4"
  const { unreach } = attributes
  return present.length === 1 && unreach?.prefixes.length === 0 ? unreach.family : undefined
}
