import type { CommunityResource } from "../../model-bgp.ts"
import type { ConfigSource } from "../model.ts"
import type { Problems } from "../problem.ts"
import { parseCommunity } from "./community.ts"
import type { CommunityAlias } from "./model.ts"

export type CommunityObject = {
  readonly resource: CommunityResource
  readonly source: ConfigSource
  readonly problems: Problems
}

/**
 * The aliases of all Community objects, which are given with the ones that win first. Entries are judged one by one: a faulty
 * one leaves the others in use, and an alias that is defined twice keeps its first meaning. Sorted by name.
 */
export const readCommunities = (objects: readonly CommunityObject[]): readonly CommunityAlias[] => {
  const aliases = new Map<string, CommunityAlias & { readonly object: string }>()
  for (const { resource, source, problems } of objects) {
    for (const { field, message } of resource.malformed ?? []) problems.error("ML201", field, message)
    for (const [index, { name, value }] of resource.communities.entries()) {
      const field = `spec.communities[${index}]`
      const parsed = parseCommunity(value)
      const earlier = aliases.get(name)
      if (!parsed.ok) {
        problems.error("ML265", `${field}.value`, parsed.message, { community: value.slice(0, 64) })
      } else if (name === "") {
        problems.error("ML250", `${field}.name`, "the name is missing; allowed is any text", { allowed: "any text" })
      } else if (earlier === undefined) {
        aliases.set(name, { name, source, community: parsed.community, object: resource.name })
      } else if (source === "legacy" && earlier.source === "resource") {
        const message = `community ${name} is defined by Community ${earlier.object} too, which is used`
        problems.warning("ML258", field, message, { entry: `community ${name}`, other: `community ${earlier.object}` })
      } else {
        const facts = { community: name, other: earlier.object }
        const message = `duplicate definition of community ${name}: Community ${earlier.object} defines it too and is used`
        problems.error("ML267", `${field}.name`, message, facts)
      }
    }
  }
  return [...aliases.values()]
    .map(({ name, source, community }) => ({ name, source, community }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
