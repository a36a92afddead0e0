import type { Announcement } from "../core/announce/announcements.ts"
import { formatAddress } from "../core/ip/format.ts"
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
  const names = new Set(links.map(({ name }) => name))
  return owned.map(announcement => {
    const { address, interfaces } = announcement
    if (address.family === "IPv6")
      return { ...announcement, obstacle: { reason: "ML321", facts: { address: formatAddress(address) } } }
    const usable = interfaces === "all" ? names.size > 0 : interfaces.some(name => names.has(name))
    if (usable) return { ...announcement, obstacle: undefined }
    const wanted = interfaces === "all" ? "all" : interfaces.join(", ")
    return { ...announcement, obstacle: { reason: "ML320", facts: { node, interfaces: wanted } } }
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
