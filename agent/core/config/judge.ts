import type { L2AdvertisementResource, LegacyConfigMap, Meta, Namespace, Node, PoolResource } from "../model.ts"
import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
  SecretFacts,
} from "../model-bgp.ts"
import type { ParseYaml } from "../yaml/tree.ts"
import { judgeBgp } from "./bgp/judge-bgp.ts"
import type { KnownSecrets } from "./bgp/read-password.ts"
import type { Written } from "./bgp/written.ts"
import type { BrokenPool } from "./candidate.ts"
import { byAge, choose, PoolsInUse } from "./choose.ts"
import { judgeAdvertisements } from "./judge-l2.ts"
import type { LegacyReading } from "./legacy.ts"
import { readLegacy } from "./legacy.ts"
import { noLegacyBgp } from "./legacy-bgp.ts"
import type { Config, ConfigVerdict, Pool } from "./model.ts"
import { Problems } from "./problem.ts"
import { readPool } from "./read-pool.ts"
import { standIn } from "./stand-in.ts"

/** Everything that is configuration, as read from the API. */
export type ConfigInput = {
  /** Missing where they were not read: what was known of them stays, and no address is given up for their sake. */
  readonly pools?: readonly PoolResource[]
  readonly l2Advertisements?: readonly L2AdvertisementResource[]
  readonly legacy: LegacyConfigMap | undefined
  readonly namespaces: readonly Namespace[]
  /** Pools and advertisements elsewhere have no effect. */
  readonly installNamespace: string
  /** What concerns BGP. A list that is missing was not read: what was known of it stays, and names in it are not doubted. */
  readonly bgpPeers?: readonly BgpPeerResource[]
  readonly bgpAdvertisements?: readonly BgpAdvertisementResource[]
  readonly bfdProfiles?: readonly BfdProfileResource[]
  readonly communities?: readonly CommunityResource[]
  /** Secrets of the installation's namespace; missing where they were not read, and references to them are believed then. */
  readonly secrets?: readonly SecretFacts[]
  /** Names of the Secrets that were looked for, whether they exist or not; missing: all. References to others are believed. */
  readonly secretsSought?: ReadonlySet<string>
  /** Missing where they were not read: two objects that may share a node are taken to share one then. */
  readonly nodes?: readonly Node[]
}

/** A configuration that was read in full and in which nothing is written. */
export const nothingWrittenIn = (installNamespace: string): ConfigInput => ({
  pools: [],
  l2Advertisements: [],
  legacy: undefined,
  namespaces: [],
  installNamespace,
  bgpPeers: [],
  bgpAdvertisements: [],
  bfdProfiles: [],
  communities: [],
})

/**
 * Judges the whole configuration, object by object: a faulty one is reported and left out, the rest is used. Of two
 * overlapping pools the older one wins, then the first by name; a resource wins over a pool of the ConfigMap. The verdict
 * does not depend on the order of the input. `lastGood` is the Config of the verdict before: what is broken now and was
 * valid then stays in use as it was, where nothing else has taken its addresses, and so does what is of a kind that was not read.
 */
export const judgeConfig = (input: ConfigInput, parseYaml: ParseYaml, lastGood?: Config): ConfigVerdict => {
  const pools = partitionRead(input.pools, input.installNamespace)
  const advertisements = partitionRead(input.l2Advertisements, input.installNamespace)
  const inUse = new PoolsInUse()
  const before = pools.here === undefined ? resourcesAmong(lastGood?.pools) : []
  for (const pool of before) inUse.take(pool)

  const readings = (pools.here ?? []).map(resource => readPool(resource, input.namespaces))
  const candidates = readings.flatMap(reading => (reading.kind === "candidate" ? [reading.candidate] : []))
  const legacy = input.legacy === undefined ? nothingWritten : readLegacy(input.legacy, parseYaml)
  const turnedDown = [...[...candidates].sort(byAge), ...legacy.candidates].map(candidate => choose(candidate, inUse))
  const malformed = readings.flatMap(reading => (reading.kind === "broken" ? [reading.broken] : []))
  const broken = [...malformed, ...legacy.broken, ...turnedDown.filter(isBroken)]
  const missing = standIn(broken, legacy, inUse, lastGood)

  const known = {
    resources: new Map([
      ...before.map(({ name }) => [name, {}] as const),
      ...(pools.here ?? []).map(({ name, labels }) => [name, labels] as const),
    ]),
    resourcesRead: pools.here !== undefined,
    legacy: new Set(
      [...inUse.pools, ...legacy.candidates.map(({ pool }) => pool), ...legacy.broken].map(pool => pool.name),
    ),
  }
  const layer2 = judgeAdvertisements(advertisements.here, { known, inUse: inUse.pools, missing, lastGood })

  const bgpPeers = partitionRead(input.bgpPeers, input.installNamespace)
  const bgpAdvertisements = partitionRead(input.bgpAdvertisements, input.installNamespace)
  const bfdProfiles = partitionRead(input.bfdProfiles, input.installNamespace)
  const communities = partitionRead(input.communities, input.installNamespace)
  const announced = new Set([...inUse.pools, ...missing].flatMap(pool => (pool.source === "legacy" ? [pool.name] : [])))
  const bgp = judgeBgp(
    {
      peers: bgpPeers.here,
      advertisements: bgpAdvertisements.here,
      bfdProfiles: bfdProfiles.here,
      communities: communities.here,
      secrets: knownSecrets(input),
      nodes: input.nodes,
    },
    {
      legacy: { ...legacy.bgp, advertisements: legacy.bgp.advertisements.filter(announces(announced)) },
      known,
      pools: inUse.pools,
      lastGood: lastGood?.bgp,
    },
  )

  return {
    config: { pools: [...inUse.pools].sort(byName), l2Advertisements: layer2.advertisements, bgp: bgp.bgp },
    problems: [
      ...misplaced("ipaddresspool", pools.elsewhere, input.installNamespace),
      ...readings.map(reading => (reading.kind === "candidate" ? reading.candidate.problems : reading.broken.problems)),
      ...misplaced("l2advertisement", advertisements.elsewhere, input.installNamespace),
      ...layer2.problems,
      ...misplaced("bgppeer", bgpPeers.elsewhere, input.installNamespace),
      ...misplaced("bgpadvertisement", bgpAdvertisements.elsewhere, input.installNamespace),
      ...misplaced("bfdprofile", bfdProfiles.elsewhere, input.installNamespace),
      ...misplaced("community", communities.elsewhere, input.installNamespace),
      ...legacy.problems,
      ...bgp.problems,
    ].flatMap(problems => problems.found),
    brokenPools: [...new Set(missing.map(pool => pool.name))].sort(),
    brokenAdvertisements: layer2.broken,
    brokenBgp: bgp.broken,
    legacyBroken: legacy.unreadable,
    unread: [
      ...(pools.here === undefined ? (["IPAddressPools"] as const) : []),
      ...(advertisements.here === undefined ? (["L2Advertisements"] as const) : []),
    ],
  }
}

const resourcesAmong = (pools: readonly Pool[] = []): readonly Pool[] =>
  pools.filter(({ source }) => source === "resource")

const nothingWritten: LegacyReading = { candidates: [], broken: [], unreadable: false, problems: [], bgp: noLegacyBgp }

/** Advertisements of the ConfigMap belong to one pool each and go with it. */
const announces =
  (pools: ReadonlySet<string>) =>
  ({ resource }: Written<BgpAdvertisementResource>): boolean =>
    resource.ipAddressPools.every(pool => pools.has(pool))

const isBroken = (pool: BrokenPool | undefined): pool is BrokenPool => pool !== undefined

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

const byNamespaceAndName = (a: Meta, b: Meta): number =>
  a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : byName(a, b)

const partition = <T extends Meta>(objects: readonly T[], namespace: string): { here: T[]; elsewhere: T[] } => {
  const sorted = [...objects].sort(byNamespaceAndName)
  return {
    here: sorted.filter(object => object.namespace === namespace),
    elsewhere: sorted.filter(object => object.namespace !== namespace),
  }
}

/** `here` is undefined where the kind was not read. */
const partitionRead = <T extends Meta>(objects: readonly T[] | undefined, namespace: string) =>
  objects === undefined ? { here: undefined, elsewhere: [] } : partition(objects, namespace)

const knownSecrets = ({ secrets, secretsSought, installNamespace }: ConfigInput): KnownSecrets => {
  if (secrets === undefined) return undefined
  const byName = new Map(
    secrets.filter(({ namespace }) => namespace === installNamespace).map(secret => [secret.name, secret]),
  )
  return name => (secretsSought?.has(name) === false ? "unread" : byName.get(name))
}

const misplaced = (kind: string, objects: readonly Meta[], installNamespace: string): readonly Problems[] =>
  objects.map(object => {
    const problems = new Problems(kind, object)
    const message = `the object has no effect in ${object.namespace}: only namespace ${installNamespace} is read`
    problems.warning("ML202", "metadata.namespace", message, { installNamespace })
    return problems
  })
