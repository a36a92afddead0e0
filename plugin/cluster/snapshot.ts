import { decodeBgpAdvertisement, decodeBgpPeer, decodeCommunity } from "../../agent/core/kube/decode-bgp.ts"
import { decodeL2Advertisement, decodeLegacyConfigMap, decodePool } from "../../agent/core/kube/decode-config.ts"
import { decodeEndpointSlice } from "../../agent/core/kube/decode-endpoints.ts"
import { decodeNamespace, decodeNode, decodeSpeakerPod } from "../../agent/core/kube/decode-node.ts"
import { decodeReservation } from "../../agent/core/kube/decode-reservation.ts"
import { decodeService } from "../../agent/core/kube/decode-service.ts"
import type { Decoded } from "../../agent/core/kube/decoded.ts"
import type { Snapshot, SnapshotPart, Unread } from "../../agent/core/snapshot.ts"
import { readAdvertised, readAnnounced } from "./announced.ts"
import { type Api, Refusal } from "./api.ts"
import { readConflicts } from "./conflicts.ts"
import { type Json, textAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { get, list } from "./objects.ts"
import { isOurs } from "./rollout.ts"
import { readSettings } from "./settings.ts"

/**
 * Reads everything that a decision looks at, the kinds side by side. A kind that may not be read or is not there becomes an
 * entry of `unread`; without any answer of the server the whole reading fails.
 */
export const readSnapshot = async (api: Api, installNamespace: string, now: () => number): Promise<Snapshot> => {
  const unread: Unread[] = []
  const part = async <T>(
    what: SnapshotPart,
    read: () => Promise<readonly Json[]>,
    decode: (raw: unknown) => Decoded<T>,
  ) => {
    const { values, why } = decodeAll(await attempt(read), decode)
    if (why !== undefined) unread.push({ what, why })
    return values
  }
  const install = { namespace: installNamespace }
  let foreignSpeakers: readonly string[] = []
  const speakerPods = async () => {
    const pods = await list(api, kinds.pod, { ...install, labels: "app=metallb,component=speaker" })
    foreignSpeakers = pods
      .filter(pod => !isOurs(pod))
      .map(pod => textAt(pod, "spec", "nodeName"))
      .sort()
    return pods
  }
  const legacyMap = async () => {
    const map = await get(api, kinds.configMap, installNamespace, "config")
    return map === undefined ? [] : [map]
  }
  const [
    services,
    endpointSlices,
    nodes,
    namespaces,
    pools,
    l2Advertisements,
    bgpPeers,
    bgpAdvertisements,
    communities,
    legacy,
    speakers,
    announced,
    advertised,
    conflicts,
    reservations,
    settings,
  ] = await Promise.all([
    part("services", () => list(api, kinds.service), decodeService),
    part("endpointSlices", () => list(api, kinds.endpointSlice), decodeEndpointSlice),
    part("nodes", () => list(api, kinds.node), decodeNode),
    part("namespaces", () => list(api, kinds.namespace), decodeNamespace),
    part("pools", () => list(api, kinds.pool, install), decodePool),
    part("l2Advertisements", () => list(api, kinds.l2Advertisement, install), decodeL2Advertisement),
    part("bgpPeers", () => list(api, kinds.bgpPeer, install), decodeBgpPeer),
    part("bgpAdvertisements", () => list(api, kinds.bgpAdvertisement, install), decodeBgpAdvertisement),
    part("communities", () => list(api, kinds.community, install), decodeCommunity),
    part("legacyConfig", legacyMap, decodeLegacyConfigMap),
    part("speakers", speakerPods, decodeSpeakerPod),
    readAnnounced(api, installNamespace),
    readAdvertised(api, installNamespace),
    readConflicts(api, installNamespace),
    part("reservations", () => listIfInstalled(api, kinds.reservation, installNamespace), decodeReservation),
    readSettings(api, installNamespace),
  ])
  // In MetalLB's order it does not matter who announces now.
  if (announced === undefined && settings.speakers.placement === "balanced")
    unread.push({ what: "announced", why: "ServiceL2Statuses cannot be listed" })
  const isUnread = (part: SnapshotPart) => unread.some(({ what }) => what === part)
  return {
    schema: 1,
    readAt: now(),
    installNamespace,
    loadBalancerClass: settings.loadBalancerClass,
    services,
    endpointSlices,
    nodes,
    namespaces,
    pools,
    l2Advertisements,
    ...(isUnread("bgpPeers") ? {} : { bgpPeers }),
    ...(isUnread("bgpAdvertisements") ? {} : { bgpAdvertisements }),
    ...(isUnread("communities") ? {} : { communities }),
    legacyConfig: legacy[0],
    speakers,
    ...(isUnread("speakers") ? {} : { foreignSpeakers }),
    speakerSettings: settings.speakers,
    ...(announced === undefined ? {} : { announced }),
    ...(advertised === undefined ? {} : { advertised }),
    ...(conflicts === undefined ? {} : { conflicts }),
    reservations,
    unread: unread.sort((a, b) => (a.what < b.what ? -1 : 1)),
  }
}

/** A kind that came later than the installation has no objects. */
const listIfInstalled = async (api: Api, kind: Kind, namespace: string): Promise<readonly Json[]> => {
  try {
    return await list(api, kind, { namespace })
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return []
    throw error
  }
}

type Attempt = { readonly items: readonly Json[]; readonly why?: string }

const attempt = async (read: () => Promise<readonly Json[]>): Promise<Attempt> => {
  try {
    return { items: await read() }
  } catch (error) {
    if (error instanceof Refusal) return { items: [], why: `${error.reason}: ${error.message}` }
    throw error
  }
}

/** One object that cannot be read makes its kind unknown: what it says could change any answer. */
const decodeAll = <T>({ items, why }: Attempt, decode: (raw: unknown) => Decoded<T>) => {
  const values: T[] = []
  const faults: string[] = why === undefined ? [] : [why]
  for (const item of items) {
    const decoded = decode(item)
    if (decoded.ok) values.push(decoded.value)
    else faults.push(`${decoded.problem.object}: ${decoded.problem.message}`)
  }
  return { values, why: faults.length === 0 ? undefined : faults.join("; ") }
}
