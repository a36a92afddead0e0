import type { BfdProfileResource } from "../../model-bgp.ts"
import type { Problems } from "../problem.ts"
import type { BfdProfile, BgpConfig } from "./model.ts"
import { readBfdProfile } from "./read-bfd.ts"
import type { Written } from "./written.ts"

/** The profiles in use, by name. A profile of the ConfigMap gives way to a resource of its name. */
export const judgeBfd = (
  written: readonly Written<BfdProfileResource>[],
  lastGood: BgpConfig | undefined,
): readonly BfdProfile[] => {
  const used = new Map<string, BfdProfile>()
  const taken = new Map<string, Written<BfdProfileResource>>()
  for (const object of written) {
    const { resource, source, problems } = object
    const profile = readBfdProfile(resource, source, problems)
    const earlier = taken.get(resource.name)
    if (earlier !== undefined) {
      reportTaken(`BFD profile ${resource.name}`, earlier.source === "resource", problems)
      continue
    }
    taken.set(resource.name, object)
    const before = lastGood?.bfdProfiles.find(other => other.name === resource.name && other.source === source)
    const found = profile ?? before
    if (found !== undefined) used.set(resource.name, found)
    if (profile === undefined) {
      problems.conclude(before ? "the last valid version stays in use" : "BFD stays off for the peers that name it")
    }
  }
  return [...used.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** An entry of the ConfigMap whose name a resource or an entry above it has. */
const reportTaken = (entry: string, byResource: boolean, problems: Problems): void => {
  if (byResource) {
    const message = `${entry} exists as a resource too, which is used; the entry of the ConfigMap is left out`
    problems.warning("ML258", "spec.name", message, { entry, other: "the resource of that name" })
  } else {
    problems.error("ML269", "spec.name", `${entry} stands above already, which is used`, { entry })
  }
}
