import type { LegacyConfigMap, Meta } from "../../model.ts"
import type { ParseYaml } from "../../yaml/tree.ts"
import type { ConfigInput } from "../judge.ts"
import { judgeConfig } from "../judge.ts"
import { readLegacy } from "../legacy.ts"
import { legacyPasswords } from "../legacy-bgp.ts"
import type { Problem } from "../model.ts"
import { Problems } from "../problem.ts"
import { convertPeers, convertProfiles } from "./convert-peers.ts"
import { convertPools } from "./convert-pools.ts"
import { NewNames } from "./new-names.ts"
import type { ApiObject } from "./objects.ts"
import { communityObject } from "./objects.ts"

/** What became of one entry of the ConfigMap. Without new objects it is left out, and `note` says why. */
export type Moved = {
  /** "pool My_Ip_Space", "peer 10.0.0.1". */
  readonly old: string
  readonly objects: readonly { readonly name: string; readonly note: string }[]
  readonly note: string
}

export type Conversion =
  | {
      readonly ok: true
      /**
       * In the order in which they are to be applied: what others name comes first, and a pool after its advertisement, so
       * that no address is without one for a moment.
       */
      readonly objects: readonly ApiObject[]
      readonly moved: readonly Moved[]
      /** New names of pools that could not keep theirs. */
      readonly renamed: ReadonlyMap<string, string>
      readonly warnings: readonly Problem[]
      /** How many entries of each sort the ConfigMap has. */
      readonly read: {
        readonly pools: number
        readonly peers: number
        readonly profiles: number
        readonly communities: number
      }
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Turns the ConfigMap into resources. Only a text without an error is converted: what is left out silently would be missed
 * later. Entries that give way to a resource are not. The same input gives the same objects in the same order.
 */
export const convertLegacy = (
  input: ConfigInput & { readonly legacy: LegacyConfigMap },
  parseYaml: ParseYaml,
): Conversion => {
  const { legacy: configMap } = input
  const { config, problems } = judgeConfig(input, parseYaml)
  const own = problems.filter(({ object }) => object === `configmap/${configMap.name}`)
  const reading = readLegacy(configMap, parseYaml)
  const limits = new Problems("configmap", configMap)
  checkLimits(reading, limits)
  const errors = [...own, ...limits.found].filter(({ severity }) => severity === "error")
  if (errors.length > 0) return { ok: false, problems: errors }

  const names = namesTaken(input)
  const profiles = convertProfiles(reading.bgp.bfdProfiles, config.bgp.bfdProfiles, names)
  const passwords = legacyPasswords(configMap, parseYaml)
  const peers = convertPeers(reading.bgp.peers, { inUse: config.bgp.peers, names, profiles: profiles.names, passwords })
  const communities = convertCommunities(reading.bgp.communities[0]?.resource, config.bgp.communities, names)
  const pools = convertPools(reading, config, names)
  return {
    ok: true,
    objects: [
      ...peers.secrets,
      ...profiles.objects,
      ...communities.objects,
      ...peers.objects,
      ...pools.advertisements,
      ...pools.objects,
    ],
    moved: [...pools.moved, ...peers.moved, ...profiles.moved, ...communities.moved],
    renamed: pools.renamed,
    read: {
      pools: reading.candidates.length,
      peers: reading.bgp.peers.length,
      profiles: reading.bgp.bfdProfiles.length,
      communities: reading.bgp.communities[0]?.resource.communities.length ?? 0,
    },
    warnings: own,
  }
}

/** Names that resources of the installation have, by kind. */
const namesTaken = (input: ConfigInput): NewNames => {
  const named = (objects: readonly Meta[] = []) =>
    objects.filter(({ namespace }) => namespace === input.installNamespace).map(({ name }) => name)
  return new NewNames(input.installNamespace, {
    IPAddressPool: named(input.pools),
    L2Advertisement: named(input.l2Advertisements),
    BGPAdvertisement: named(input.bgpAdvertisements),
    BGPPeer: named(input.bgpPeers),
    BFDProfile: named(input.bfdProfiles),
    Community: named(input.communities),
    Secret: named(input.secrets),
  })
}

/** What the schema of the resources does not take although the ConfigMap did. */
const checkLimits = (reading: ReturnType<typeof readLegacy>, problems: Problems): void => {
  for (const { pool, places } of reading.candidates) {
    if (pool.ranges.length <= 512) continue
    const allowed = "at most 512 entries"
    const message = `pool ${pool.name} has ${pool.ranges.length} entries; an IPAddressPool takes ${allowed}`
    problems.error("ML250", places[512] ?? "", message, { allowed })
  }
  for (const { resource, problems: own } of reading.bgp.peers) {
    if (resource.peerPort <= 16384) continue
    const allowed = "1 to 16384"
    const message = `peer ${resource.peerAddress} has port ${resource.peerPort}; a BGPPeer takes ${allowed}`
    problems.error("ML250", own.placeOf("spec.peerPort"), message, { allowed })
  }
}

const convertCommunities = (
  resource: { readonly communities: readonly { readonly name: string; readonly value: string }[] } | undefined,
  inUse: readonly { readonly name: string; readonly source: string }[],
  names: NewNames,
): { readonly objects: readonly ApiObject[]; readonly moved: readonly Moved[] } => {
  if (resource === undefined || resource.communities.length === 0) return { objects: [], moved: [] }
  const ours = new Set(inUse.flatMap(({ name, source }) => (source === "legacy" ? [name] : [])))
  const left = resource.communities.filter(({ name }) => ours.has(name))
  const moved = (objects: Moved["objects"], note: string) => [{ old: "bgp-communities", objects, note }]
  if (left.length === 0) return { objects: [], moved: moved([], "resources define them all") }
  const metadata = names.take("Community", "communities", "communities")
  const object = communityObject(
    metadata,
    [...left].sort((a, b) => (a.name < b.name ? -1 : 1)),
  )
  const gone = resource.communities.length - left.length
  const note = gone === 0 ? "" : `without ${gone} that resources define`
  return { objects: [object], moved: moved([{ name: `community/${metadata.name}`, note }], "") }
}
