import type { Meta } from "../../model.ts"
import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
} from "../../model-bgp.ts"
import type { LegacyBgp } from "../legacy-bgp.ts"
import type { ConfigSource, Pool } from "../model.ts"
import type { Problems } from "../problem.ts"
import type { KnownPools } from "../resolve-pools.ts"
import { judgeBgpAdvertisements } from "./judge-advertisements.ts"
import { judgeBfd } from "./judge-bfd.ts"
import { judgePeers } from "./judge-peers.ts"
import type { BgpCommunity, BgpConfig, BrokenBgp, CommunityAlias } from "./model.ts"
import type { KnownNodes } from "./nodes.ts"
import { readCommunities } from "./read-communities.ts"
import type { KnownSecrets } from "./read-password.ts"
import { problemsByName, type Written, writtenByAge } from "./written.ts"

/** The objects that concern BGP, all of the installation's namespace; undefined is what was not read. */
export type BgpObjects = {
  readonly peers: readonly BgpPeerResource[] | undefined
  readonly advertisements: readonly BgpAdvertisementResource[] | undefined
  readonly bfdProfiles: readonly BfdProfileResource[] | undefined
  readonly communities: readonly CommunityResource[] | undefined
  readonly secrets: KnownSecrets
  readonly nodes: KnownNodes
}

type Surroundings = {
  readonly legacy: LegacyBgp
  readonly known: KnownPools
  /** Pools in use. */
  readonly pools: readonly Pool[]
  readonly lastGood: BgpConfig | undefined
}

/**
 * Judges what concerns BGP, object by object and against each other. Entries of the ConfigMap stand behind all resources. Of a
 * kind that was not read, what was in use before stays, and no name in it is doubted.
 */
export const judgeBgp = (
  objects: BgpObjects,
  { legacy, known, pools, lastGood }: Surroundings,
): { readonly bgp: BgpConfig; readonly broken: BrokenBgp; readonly problems: readonly Problems[] } => {
  const profiles = [...writtenByAge("bfdprofile", objects.bfdProfiles ?? []), ...legacy.bfdProfiles]
  const aliases = [...writtenByAge("community", objects.communities ?? []), ...legacy.communities]
  const writtenPeers = [...writtenByAge("bgppeer", objects.peers ?? []), ...legacy.peers]
  const writtenAds = [...writtenByAge("bgpadvertisement", objects.advertisements ?? []), ...legacy.advertisements]

  const bfdProfiles = withUnread(judgeBfd(profiles, lastGood), objects.bfdProfiles, lastGood?.bfdProfiles)
  const communities = withUnread(readCommunities(aliases), objects.communities, lastGood?.communities)
  const { peers, broken: brokenPeers } = judgePeers(writtenPeers, {
    secrets: objects.secrets,
    nodes: objects.nodes,
    bfdProfiles,
    knownProfiles: objects.bfdProfiles === undefined ? undefined : namesOf(profiles),
    lastGood,
  })
  const { advertisements, broken: brokenAds } = judgeBgpAdvertisements(writtenAds, {
    names: {
      pools: known,
      communities: meaningsOf(communities),
      communitiesRead: objects.communities !== undefined,
      peers: objects.peers === undefined ? undefined : namesOf(writtenPeers),
    },
    pools,
    nodes: objects.nodes,
    lastGood,
  })
  return {
    bgp: {
      peers: withUnread(peers, objects.peers, lastGood?.peers),
      advertisements: withUnread(advertisements, objects.advertisements, lastGood?.advertisements),
      bfdProfiles,
      communities,
    },
    broken: { peers: brokenPeers, advertisements: brokenAds },
    problems: [writtenPeers, writtenAds, profiles, aliases].flatMap(problemsByName),
  }
}

/** Of two of one name the first holds, which is the resource. */
const meaningsOf = (aliases: readonly CommunityAlias[]): ReadonlyMap<string, BgpCommunity> =>
  new Map([...aliases].reverse().map(({ name, community }) => [name, community]))

const namesOf = (written: readonly Written<Meta>[]): ReadonlySet<string> =>
  new Set(written.map(({ resource }) => resource.name))

/** What is in use, and where the kind was not read, what was in use of it before; sorted by name, resources first. */
const withUnread = <T extends { readonly name: string; readonly source: ConfigSource }>(
  inUse: readonly T[],
  read: readonly unknown[] | undefined,
  before: readonly T[] | undefined,
): readonly T[] => {
  if (read !== undefined || before === undefined) return inUse
  const kept = before.filter(({ source }) => source === "resource")
  return [...kept, ...inUse].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
