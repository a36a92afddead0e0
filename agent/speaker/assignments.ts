import type { Announcement } from "../core/announce/announcements.ts"
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
): readonly Assignment[] => {
  return owned.map(announcement => {
    const { address, interfaces } = announcement
    const allowed = links.filter(({ name }) => interfaces === "all" || interfaces.includes(name))
    if (allowed.some(({ families }) => families.includes(address.family)))
      return { ...announcement, obstacle: undefined }
    const facts = { node, interfaces: interfaces === "all" ? "all" : interfaces.join(", ") }
    // There is one to use, it only lacks what IPv6 needs.
    const reason = address.family === "IPv6" && allowed.length > 0 ? "ML321" : "ML320"
    return { ...announcement, obstacle: { reason, facts } }
  })
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
