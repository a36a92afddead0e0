import type { BfdLink, BfdWanted } from "../../core/bfd/place.ts"
import { placeOf } from "../../core/bfd/place.ts"
import {
  type Place,
  type SessionDefaults,
  type SessionSettings,
  sessionSettings,
} from "../../core/bgp/session/settings.ts"
import type { BfdProfile, BgpConfig, BgpPeer } from "../../core/config/bgp/model.ts"
import { selectsNode } from "../../core/config/bgp/nodes.ts"
import type { LabelMap } from "../../core/model.ts"

/** A session that this node is to have. */
export type WantedSession = {
  readonly peer: BgpPeer
  readonly settings: SessionSettings
  /** undefined where none is asked for, or the profile cannot be used at the moment. */
  readonly profile: BfdProfile | undefined
}

/** One session for each peer that selects the node, by name. */
export const wantedSessions = (
  { peers, bfdProfiles }: BgpConfig,
  labels: LabelMap,
  defaults: SessionDefaults,
): ReadonlyMap<string, WantedSession> =>
  new Map(
    peers
      .filter(({ nodeSelectors }) => selectsNode(nodeSelectors, labels))
      .map(peer => {
        const profile = bfdProfiles.find(({ name }) => name === peer.bfdProfile)
        return [peer.name, { peer, settings: sessionSettings(peer, defaults), profile }]
      }),
  )

/** The BFD session of a peer; undefined where it has none, or is not found yet. */
export const wantedBfd = (
  { peer, settings, profile }: WantedSession,
  place: Place | undefined,
  links: readonly BfdLink[],
): BfdWanted | undefined => {
  if (profile === undefined || place === undefined) return undefined
  const single: BfdWanted = {
    name: peer.name,
    peer: place.address,
    interface: place.device,
    local: peer.sourceAddress,
    vrf: peer.vrf,
    multihop: false,
    profile,
  }
  const { remote } = settings
  const internal = remote.kind === "internal" || (remote.kind === "as" && remote.asn === settings.asn)
  // As FRR has it: an internal peer that is on none of our links is several hops away.
  const multihop = peer.ebgpMultiHop || (internal && !placeOf(single, links).ok)
  return { ...single, multihop }
}
