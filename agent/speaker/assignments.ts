import type { Announcement } from "../core/announce/announcements.ts"
import type { LinkId } from "../core/detector/peer.ts"
import type { Address } from "../core/ip/address.ts"
import type { ObjectKey } from "../core/model.ts"
import type { Facts } from "../core/outcome.ts"
import type { ReasonCode } from "../core/reasons.ts"
import type { UsableLink } from "./links.ts"

/** What this node makes of an address that is its own: it announces it, or has a reason why it cannot. */
export type Assignment = Announcement & {
  readonly obstacle: { readonly reason: ReasonCode; readonly facts: Facts } | undefined
}

/** Judges each owned address by the interfaces that there are. */
export const assignmentsOf = (
  owned: readonly Announcement[],
  links: readonly UsableLink[],
  node: string,
): readonly Assignment[] =>
  owned.map(announcement => ({ ...announcement, obstacle: usableFor(announcement, links, node).obstacle }))

/** The own ends of the link that an address belongs to; undefined for an address that is in no subnet of this node. */
export type EndFor = (
  address: Address,
) => { readonly link: LinkId; readonly interfaces: ReadonlySet<string> } | undefined

/** An address that this node cannot announce. */
export type Failure = Announcement & { readonly obstacle: NonNullable<Assignment["obstacle"]> }

/**
 * What this node leaves to others where speakers settle that among themselves, since nobody would hear it: none of the allowed interfaces
 * is on the address's link, or those have no carrier. The clients of an address in no subnet may be behind any.
 */
export const failuresOf = (
  wanted: readonly Announcement[],
  links: readonly UsableLink[],
  node: string,
  endFor: EndFor,
): readonly Failure[] =>
  wanted.flatMap(announcement => {
    const obstacle = failureOf(announcement, links, node, endFor)
    return obstacle === undefined ? [] : [{ ...announcement, obstacle }]
  })

const failureOf = (
  announcement: Announcement,
  links: readonly UsableLink[],
  node: string,
  endFor: EndFor,
): Assignment["obstacle"] => {
  const { obstacle, usable } = usableFor(announcement, links, node)
  if (obstacle !== undefined) return obstacle
  const end = endFor(announcement.address)
  const there = end === undefined ? usable : usable.filter(({ name }) => end.interfaces.has(name))
  if (end !== undefined && there.length === 0)
    return { reason: "ML325", facts: { node, interfaces: namesOf(usable), link: end.link } }
  return there.some(({ running }) => running)
    ? undefined
    : { reason: "ML326", facts: { node, interfaces: namesOf(there) } }
}

const namesOf = (links: readonly UsableLink[]): string => links.map(({ name }) => name).join(", ")

/** The allowed interfaces that speak the address's family, and why there is none. */
const usableFor = ({ address, interfaces }: Announcement, links: readonly UsableLink[], node: string) => {
  const allowed = links.filter(({ name }) => interfaces === "all" || interfaces.includes(name))
  const usable = allowed.filter(({ families }) => families.includes(address.family))
  if (usable.length > 0) return { usable, obstacle: undefined }
  const facts = { node, interfaces: interfaces === "all" ? "all" : interfaces.join(", ") }
  // There is one to use, it only lacks what IPv6 needs.
  const reason: ReasonCode = address.family === "IPv6" && allowed.length > 0 ? "ML321" : "ML320"
  return { usable, obstacle: { reason, facts } }
}

/** What is known of one service: on which interfaces it is announced, or why it cannot be. */
export type ServiceState = { readonly interfaces: readonly string[]; readonly obstacle: Assignment["obstacle"] }

/** By service. A dual-stack service counts as announced when one of its addresses is. `interfaces` are those asked for by name. */
export const statesOf = (assignments: readonly Assignment[]): ReadonlyMap<ObjectKey, ServiceState> => {
  const states = new Map<ObjectKey, ServiceState>()
  for (const { services, interfaces, obstacle } of assignments) {
    const state = { interfaces: interfaces === "all" ? [] : interfaces, obstacle }
    for (const service of services) {
      const known = states.get(service)
      if (known === undefined || (known.obstacle !== undefined && obstacle === undefined)) states.set(service, state)
    }
  }
  return states
}
