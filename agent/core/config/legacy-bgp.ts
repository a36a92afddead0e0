import type { LegacyConfigMap, Meta } from "../model.ts"
import type { BfdProfileResource, BgpAdvertisementResource, BgpPeerResource, CommunityResource } from "../model-bgp.ts"
import type { ParseYaml, YamlNode } from "../yaml/tree.ts"
import type { Written } from "./bgp/written.ts"
import {
  advertisementKeys,
  advertisementOf,
  aliasesOf,
  bfdKeys,
  bfdOf,
  communitiesOf,
  peerKeys,
  peerOf,
} from "./legacy-objects.ts"
import { fieldPlaces, report } from "./legacy-report.ts"
import { advertisementShape, bfdShape, communitiesShape, peerShape } from "./legacy-shapes.ts"
import { uniqueName } from "./names.ts"
import { Problems } from "./problem.ts"
import type { Shape } from "./shape.ts"
import { childOf, findings, textOf } from "./shape.ts"

/** What the ConfigMap says of BGP, entry by entry as the resource that it amounts to; not yet judged. */
export type LegacyBgp = {
  readonly peers: readonly Written<BgpPeerResource>[]
  readonly bfdProfiles: readonly Written<BfdProfileResource>[]
  readonly communities: readonly Written<CommunityResource>[]
  readonly advertisements: readonly Written<BgpAdvertisementResource>[]
}

export const noLegacyBgp: LegacyBgp = { peers: [], bfdProfiles: [], communities: [], advertisements: [] }

/** Reads the sections of BGP. What a section as a whole has wrong goes to `whole`. */
export const readLegacyBgp = (configMap: LegacyConfigMap, root: YamlNode, whole: Problems): LegacyBgp => {
  const peers = namedPeers(entriesOf(root, "peers", whole)).map(({ name, node, path }) =>
    written(peerOf(configMap, name, node), checked(configMap, node, path, peerShape, peerKeys)),
  )
  const bfdProfiles = entriesOf(root, "bfd-profiles", whole).map(([node, path]) => {
    const problems = checked(configMap, node, path, bfdShape, bfdKeys)
    return written(bfdOf(configMap, textOf(node, "name") ?? path, node), problems)
  })
  const aliases = childOf(root, "bgp-communities")
  return {
    peers,
    bfdProfiles,
    communities: aliases === undefined ? [] : [readAliases(configMap, aliases)],
    advertisements: [],
  }
}

const readAliases = (configMap: LegacyConfigMap, node: YamlNode): Written<CommunityResource> => {
  const keys = aliasesOf(node)
  const places = (field: string): string => {
    const [, index] = /\[([0-9]+)\]/.exec(field) ?? []
    const key = index === undefined ? undefined : keys[Number(index)]
    return key === undefined ? fieldPlaces(node, {})(field) : fieldPlaces(node, {})(`spec.${key}`)
  }
  const problems = new Problems("configmap", configMap, places)
  for (const finding of findings(node, communitiesShape, "bgp-communities")) report(finding, problems)
  return written(communitiesOf(configMap, node), problems)
}

/**
 * The advertisements of one pool with protocol bgp. Without any of its own a pool is announced address by address to every
 * peer, as it always was.
 */
export const readLegacyAdvertisements = (
  configMap: LegacyConfigMap,
  pool: string,
  node: YamlNode,
  path: string,
  whole: Problems,
): readonly Written<BgpAdvertisementResource>[] => {
  const entries = entriesOf(node, "bgp-advertisements", whole, path)
  if (entries.length === 0) {
    return [written(advertisementOf(configMap, pool, pool, node, true), new Problems("configmap", configMap))]
  }
  return entries.map(([entry, place], index) => {
    const problems = checked(configMap, entry, place, advertisementShape, advertisementKeys)
    const name = entries.length === 1 ? pool : `${pool}-${index + 1}`
    return written(advertisementOf(configMap, name, pool, entry, false), problems)
  })
}

const written = <T extends Meta>(resource: T, problems: Problems): Written<T> => ({
  resource,
  source: "legacy",
  problems,
})

const checked = (
  configMap: LegacyConfigMap,
  node: YamlNode,
  path: string,
  shape: Shape,
  keys: Readonly<Record<string, string>>,
): Problems => {
  const problems = new Problems("configmap", configMap, fieldPlaces(node, keys))
  for (const finding of findings(node, shape, path)) report(finding, problems)
  return problems
}

/** The entries of a list with their paths; a section that is no list is reported and has none. */
const entriesOf = (
  node: YamlNode,
  key: string,
  whole: Problems,
  parent = "",
): readonly (readonly [YamlNode, string])[] => {
  const section = childOf(node, key)
  if (section === undefined) return []
  const path = parent === "" ? key : `${parent}.${key}`
  for (const finding of findings(section, { kind: "list", of: { kind: "any" } }, path)) report(finding, whole)
  return section.kind === "list" ? section.items.map((item, index) => [item, `${path}[${index}]`] as const) : []
}

type NamedPeer = { readonly name: string; readonly node: YamlNode; readonly path: string }

/** Peers of the ConfigMap have no names; they are called after their addresses. */
const namedPeers = (entries: readonly (readonly [YamlNode, string])[]): readonly NamedPeer[] => {
  const names = new Set<string>()
  return entries.map(([node, path]) => ({
    name: uniqueName(`peer-${slug(textOf(node, "peer-address") ?? "")}`, names),
    node,
    path,
  }))
}

/**
 * The passwords of the peers by the names that the peers are given. For whoever opens the sessions or writes the Secrets;
 * they must reach no message.
 */
export const legacyPasswords = (configMap: LegacyConfigMap, parseYaml: ParseYaml): ReadonlyMap<string, string> => {
  const parsed = parseYaml(configMap.text ?? "")
  if (!parsed.ok) return new Map()
  const peers = namedPeers(entriesOf(parsed.root, "peers", new Problems("configmap", configMap)))
  return new Map(
    peers.flatMap(({ name, node }) => {
      const password = textOf(node, "password") ?? ""
      return password === "" ? [] : [[name, password] as const]
    }),
  )
}

/** The part of a name that an address gives: 10.0.0.1 as 10-0-0-1. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50) || "unnamed"
