import type { ConfigInput } from "../../agent/core/config/judge.ts"
import {
  decodeBfdProfile,
  decodeBgpAdvertisement,
  decodeBgpPeer,
  decodeCommunity,
  decodeSecretFacts,
} from "../../agent/core/kube/decode-bgp.ts"
import { decodeLegacyConfigMap } from "../../agent/core/kube/decode-config.ts"
import type { Decoded } from "../../agent/core/kube/decoded.ts"
import type { LegacyConfigMap } from "../../agent/core/model.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { type Api, Refusal } from "./api.ts"
import { isObject, textAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { list } from "./objects.ts"
import { readDocuments } from "./yaml.ts"

export type ImportInput = ConfigInput & { readonly legacy: LegacyConfigMap }

/**
 * The ConfigMap of a file: a manifest, one of several documents or the items of a list, or the bare text that stands under
 * data.config. Throws a Failure (exit 2) where a manifest holds no such text.
 */
export const configMapOfFile = (text: string, path: string, installNamespace: string): LegacyConfigMap => {
  const plain: LegacyConfigMap = {
    namespace: installNamespace,
    name: "config",
    uid: "",
    resourceVersion: "",
    createdAt: 0,
    labels: {},
    annotations: {},
    text,
  }
  if (isBareConfig(text)) return plain
  const found = readDocuments(text)
    .flatMap(document => (isObject(document) && Array.isArray(document["items"]) ? document["items"] : [document]))
    .filter(object => textAt(object, "kind") === "ConfigMap")
    .flatMap(object => {
      const decoded = decodeLegacyConfigMap(object)
      return decoded.ok && decoded.value.text !== undefined ? [decoded.value] : []
    })
  const [first] = found
  if (first !== undefined && found.length === 1) return { ...first, namespace: installNamespace }
  throw new Failure(exitCodes.usage, {
    message: `${found.length === 0 ? "no" : "more than one"} ConfigMap with the key config is in the file`,
    where: `-f ${path}`,
    fix: "kubectl get configmap config -n metallb-system -o yaml > FILE",
  })
}

/** Whether a file is no manifest, since nothing in it has a kind, but the text that stands under data.config. */
export const isBareConfig = (text: string): boolean => !/(^|[\s{,])["']?kind["']?\s*:/.test(text)

/** What a snapshot says about the configuration, with this ConfigMap in it. */
export const importInputOf = (snapshot: Snapshot, legacy: LegacyConfigMap): ImportInput => ({
  pools: snapshot.pools,
  l2Advertisements: snapshot.l2Advertisements,
  namespaces: snapshot.namespaces,
  nodes: snapshot.nodes,
  installNamespace: snapshot.installNamespace,
  legacy,
})

/**
 * Completes the input with the resources of BGP that are there already, and the names of the Secrets. `unread` says what may
 * not be read; a kind that the cluster does not know has no objects.
 */
export const withBgp = async <T extends ConfigInput>(
  api: Api,
  input: T,
): Promise<{ readonly input: T; readonly unread: readonly string[] }> => {
  const unread: string[] = []
  const all = async <T>(kind: Kind, decode: (json: unknown) => Decoded<T>): Promise<readonly T[]> => {
    try {
      const items = await list(api, kind, { namespace: input.installNamespace })
      return items.map(decode).flatMap(decoded => (decoded.ok ? [decoded.value] : []))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.status !== 404) unread.push(`${kind.plural}: ${error.message}`)
      return []
    }
  }
  const [bgpPeers, bgpAdvertisements, bfdProfiles, communities, secrets] = await Promise.all([
    all(kinds.bgpPeer, decodeBgpPeer),
    all(kinds.bgpAdvertisement, decodeBgpAdvertisement),
    all(kinds.bfdProfile, decodeBfdProfile),
    all(kinds.community, decodeCommunity),
    all(kinds.secret, decodeSecretFacts),
  ])
  const secretsRead = !unread.some(line => line.startsWith(`${kinds.secret.plural}:`))
  return {
    input: { ...input, bgpPeers, bgpAdvertisements, bfdProfiles, communities, ...(secretsRead ? { secrets } : {}) },
    unread: unread.sort(),
  }
}
