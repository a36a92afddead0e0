import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
  SecretFacts,
} from "../../model-bgp.ts"
import type { LegacyBgp } from "../legacy-bgp.ts"
import type { Pool } from "../model.ts"
import type { Problems } from "../problem.ts"
import type { KnownPools } from "../resolve-pools.ts"
import { judgeBgpAdvertisements } from "./judge-advertisements.ts"
import { judgeBfd } from "./judge-bfd.ts"
import { judgePeers } from "./judge-peers.ts"
import type { BgpConfig, BrokenBgp } from "./model.ts"
import type { KnownNodes } from "./nodes.ts"
import { readCommunities } from "./read-communities.ts"
import { problemsByName, writtenByAge } from "./written.ts"

/** The objects that concern BGP, all of the installation's namespace. */
export type BgpObjects = {
  readonly peers: readonly BgpPeerResource[]
  readonly advertisements: readonly BgpAdvertisementResource[]
  readonly bfdProfiles: readonly BfdProfileResource[]
  readonly communities: readonly CommunityResource[]
  /** undefined where Secrets were not read: references to them are believed. */
  readonly secrets: readonly SecretFacts[] | undefined
  readonly nodes: KnownNodes
}

type Surroundings = {
  readonly legacy: LegacyBgp
  readonly known: KnownPools
  /** Pools in use. */
  readonly pools: readonly Pool[]
  readonly lastGood: BgpConfig | undefined
}

/** Judges what concerns BGP, object by object and against each other. Entries of the ConfigMap stand behind all resources. */
export const judgeBgp = (
  objects: BgpObjects,
  { legacy, known, pools, lastGood }: Surroundings,
): { readonly bgp: BgpConfig; readonly broken: BrokenBgp; readonly problems: readonly Problems[] } => {
  const profiles = [...writtenByAge("bfdprofile", objects.bfdProfiles), ...legacy.bfdProfiles]
  const aliases = [...writtenByAge("community", objects.communities), ...legacy.communities]
  const writtenPeers = [...writtenByAge("bgppeer", objects.peers), ...legacy.peers]
  const writtenAds = [...writtenByAge("bgpadvertisement", objects.advertisements), ...legacy.advertisements]

  const bfdProfiles = judgeBfd(profiles, lastGood)
  const communities = readCommunities(aliases)
  const { peers, broken: brokenPeers } = judgePeers(writtenPeers, {
    secrets: objects.secrets === undefined ? undefined : new Map(objects.secrets.map(one => [one.name, one])),
    nodes: objects.nodes,
    bfdProfiles,
    knownProfiles: new Set(profiles.map(({ resource }) => resource.name)),
    lastGood,
  })
  const { advertisements, broken: brokenAds } = judgeBgpAdvertisements(writtenAds, {
    names: {
      pools: known,
      communities: new Map(communities.map(({ name, community }) => [name, community])),
      peers: new Set(writtenPeers.map(({ resource }) => resource.name)),
    },
    pools,
    nodes: objects.nodes,
    lastGood,
  })
  return {
    bgp: { peers, advertisements, bfdProfiles, communities },
    broken: { peers: brokenPeers, advertisements: brokenAds },
    problems: [writtenPeers, writtenAds, profiles, aliases].flatMap(problemsByName),
  }
}
