import { selectsNode } from "./core/config/bgp/nodes.ts"
import type { ConfigInput } from "./core/config/judge.ts"
import type { Config } from "./core/config/model.ts"
import type { UnreadPart } from "./core/config/state.ts"
import type { Configured, Meta, Node, PoolResource } from "./core/model.ts"
import { createCrew } from "./crew.ts"
import type { Edges } from "./edges.ts"
import { createReflector, type Reflector, type ReflectorState } from "./ports/kube/reflector.ts"
import type { ConfigKind } from "./ports/kube/resources.ts"
import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  l2Advertisements,
  legacyConfigMap,
  namespaces,
  pools,
} from "./ports/kube/sources.ts"
import { followReferencedSecrets } from "./referenced-secrets.ts"

export type ConfigurationOptions = {
  readonly namespace: string
  /** Followed by the caller, who calls `nodesChanged`. */
  readonly nodes: Reflector<Node>
  /**
   * The node that is configured: problems that concern other nodes are left out, and the Secrets of its peers are looked at.
   * undefined: all problems, and no Secret at all.
   */
  readonly node?: string
  /**
   * What was in use before the program started, as far as that is known; asked once, where the first judgement finds something that
   * cannot be used or was not read.
   */
  readonly lastGood?: () => Config | undefined
  /** A pool changed in whatever way, its status included. */
  readonly onPools?: () => void
}

/** The collections that the configuration consists of, as far as they were read. */
export type ConfigurationParts = {
  readonly input: () => ConfigInput
  /** Names of the collections without which nothing can be said. */
  readonly missing: () => readonly string[]
  /** Whether all that was asked for has answered once, be it with a refusal. */
  readonly settled: () => boolean
  /** What was refused, or is of a kind that the API server does not know. */
  readonly unread: () => readonly UnreadPart[]
  /** Asks for whatever the objects read so far refer to. */
  readonly refer: (bgpInUse: boolean) => void
  readonly uidOf: (object: string) => string
  /** The objects of the installation, as far as they were read. */
  readonly objects: () => Iterable<ConfigObject>
  /** The pools that are resources, those of other namespaces included. */
  readonly pools: Reflector<PoolResource>
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

/** An object of the configuration that is a resource. */
export type ConfigObject = {
  readonly kind: ConfigKind
  readonly resource: Configured
  /** Takes over the answer to a write of ours. */
  readonly learn: (raw: unknown) => void
}

type Part = readonly [what: string, reflector: Reflector<unknown>]

const absent = "the API server does not know this kind"

/**
 * Pools, L2Advertisements, namespaces and the ConfigMap are needed by everything: a refusal of one of them holds everything up, and a
 * kind that is not installed is unknown. What concerns BGP is not: where it may not be read or is not installed it is unknown, and
 * addresses go on without it. BFDProfiles and Communities are asked for once
 * a peer or an advertisement exists that could name one, Secrets once a peer does. BOUNDED: 8 watches, and 16 of Secrets.
 */
export const followParts = (
  edges: Edges,
  { namespace, nodes, node, onPools }: ConfigurationOptions,
  onChange: () => void,
): ConfigurationParts => {
  const pool = createReflector(pools(namespace), edges, () => {
    onChange()
    onPools?.()
  })
  const l2 = createReflector(l2Advertisements(namespace), edges, onChange)
  const config = createReflector(legacyConfigMap(namespace), edges, onChange)
  const space = createReflector(namespaces, edges, onChange)
  const peer = createReflector(bgpPeers(namespace), edges, onChange, onChange)
  const advertisement = createReflector(bgpAdvertisements(namespace), edges, onChange, onChange)
  const profile = createReflector(bfdProfiles(namespace), edges, onChange, onChange)
  const community = createReflector(communities(namespace), edges, onChange, onChange)
  const secrets = followReferencedSecrets(edges, namespace, onChange)

  const needed: readonly Part[] = [
    ["IPAddressPools", pool],
    ["L2Advertisements", l2],
    ["ConfigMap config", config],
    ["namespaces", space],
  ]
  const routed: readonly Part[] = [
    ["BGPPeers", peer],
    ["BGPAdvertisements", advertisement],
  ]
  const referred: readonly Part[] = [
    ["BFDProfiles", profile],
    ["Communities", community],
  ]
  const resources: Readonly<Record<ConfigKind, Reflector<Configured>>> = {
    ipaddresspool: pool,
    l2advertisement: l2,
    bgppeer: peer,
    bgpadvertisement: advertisement,
    bfdprofile: profile,
    community,
  }
  const byKind: Readonly<Record<string, Reflector<Meta>>> = { ...resources, configmap: config }
  const crew = createCrew()
  let referring = false
  const optional = (): readonly Part[] => [...routed, ...(referring ? referred : []), ...secrets.reflectors()]

  const labelsHere = () => (node === undefined ? undefined : nodes.get(node)?.labels)
  const secretsHere = (): ReadonlySet<string> => {
    const labels = labelsHere()
    if (labels === undefined) return new Set()
    const here = [...peer.values()].filter(({ nodeSelectors }) => selectsNode(nodeSelectors, labels))
    return new Set(here.flatMap(({ passwordSecret: { name } }) => (name === "" ? [] : [name])))
  }

  return {
    input: () => ({
      ...(wasRead(pool.state()) ? { pools: [...pool.values()] } : {}),
      ...(wasRead(l2.state()) ? { l2Advertisements: [...l2.values()] } : {}),
      legacy: config.get(`${namespace}/config`),
      namespaces: [...space.values()],
      installNamespace: namespace,
      ...(wasRead(nodes.state()) ? { nodes: [...nodes.values()] } : {}),
      ...(wasRead(peer.state()) ? { bgpPeers: [...peer.values()] } : {}),
      ...(wasRead(advertisement.state()) ? { bgpAdvertisements: [...advertisement.values()] } : {}),
      // Nobody refers to what was not asked for.
      ...(wasRead(profile.state()) || !referring ? { bfdProfiles: [...profile.values()] } : {}),
      ...(wasRead(community.state()) || !referring ? { communities: [...community.values()] } : {}),
      ...(node === undefined ? {} : { secrets: secrets.facts(), secretsSought: secrets.sought() }),
    }),
    missing: () => needed.filter(([, part]) => !part.state().synced).map(([what]) => what),
    settled: () => [nodes, ...optional().map(([, part]) => part)].every(part => hasAnswered(part.state())),
    unread: () =>
      [...needed, ...optional()].flatMap(([what, part]) => {
        const { synced, installed, lastError } = part.state()
        if (!installed) return [{ what, why: absent }]
        return synced ? [] : [{ what, why: lastError ?? "no answer yet" }]
      }),
    refer: bgpInUse => {
      secrets.seek(secretsHere())
      if (referring || !(bgpInUse || peer.size() > 0 || advertisement.size() > 0)) return
      referring = true
      for (const [, part] of referred) crew.start(part.run)
    },
    uidOf: object => {
      const [kind = "", name = ""] = object.split("/")
      return byKind[kind]?.get(`${namespace}/${name}`)?.uid ?? ""
    },
    *objects() {
      for (const [kind, reflector] of Object.entries(resources) as [ConfigKind, Reflector<Configured>][]) {
        for (const resource of reflector.values()) {
          const learn = (raw: unknown) => reflector.learn(raw, resource.resourceVersion)
          if (resource.namespace === namespace) yield { kind, resource, learn }
        }
      }
    },
    pools: pool,
    run: signal =>
      Promise.all([
        ...[...needed, ...routed].map(([, part]) => part.run(signal)),
        crew.run(signal),
        secrets.run(signal),
      ]),
  }
}

const wasRead = ({ synced, installed }: ReflectorState): boolean => synced && installed

const hasAnswered = ({ synced, lastError }: ReflectorState): boolean => synced || lastError !== undefined
