import type { Snapshot } from "../snapshot.ts"
import type { ConfigInput } from "./judge.ts"

/**
 * The configuration within a snapshot. Where `unread` names one of these parts, the part is empty here because it is
 * unknown: a verdict on it must not be taken for the absence of pools.
 */
export const configInputOf = (snapshot: Snapshot): ConfigInput => ({
  pools: snapshot.pools,
  l2Advertisements: snapshot.l2Advertisements,
  legacy: snapshot.legacyConfig,
  namespaces: snapshot.namespaces,
  installNamespace: snapshot.installNamespace,
  nodes: snapshot.nodes,
  ...(snapshot.bgpPeers === undefined ? {} : { bgpPeers: snapshot.bgpPeers }),
  ...(snapshot.bgpAdvertisements === undefined ? {} : { bgpAdvertisements: snapshot.bgpAdvertisements }),
  ...(snapshot.bfdProfiles === undefined ? {} : { bfdProfiles: snapshot.bfdProfiles }),
  ...(snapshot.communities === undefined ? {} : { communities: snapshot.communities }),
})
