import { formatAddress } from "../../ip/format.ts"
import type { BgpPeerResource } from "../../model-bgp.ts"
import type { BfdProfile, BgpConfig, BgpPeer } from "./model.ts"
import type { KnownNodes } from "./nodes.ts"
import { shareNode } from "./nodes.ts"
import type { KnownSecrets } from "./read-password.ts"
import { readPeer } from "./read-peer.ts"
import type { Written } from "./written.ts"

export type PeersJudged = {
  readonly secrets: KnownSecrets
  readonly nodes: KnownNodes
  readonly bfdProfiles: readonly BfdProfile[]
  /** Names of the profiles that exist, usable or not; undefined where they were not read. */
  readonly knownProfiles: ReadonlySet<string> | undefined
  readonly lastGood: BgpConfig | undefined
}

/**
 * The peers in use. Of two sessions that a router could not tell apart (same peer, port, source address and VRF from one
 * node) the older resource is used; entries of the ConfigMap come after resources and give way to them. Other peers of the
 * same address are two sessions. `broken` are those without a version to use.
 */
export const judgePeers = (
  written: readonly Written<BgpPeerResource>[],
  known: PeersJudged,
): { readonly peers: readonly BgpPeer[]; readonly broken: readonly string[] } => {
  const peers: BgpPeer[] = []
  const left: Written<BgpPeerResource>[] = []
  for (const object of written) {
    const fresh = readPeer(object.resource, object.source, known.secrets, object.problems)
    const clash = fresh && clashOf(fresh, peers, known.nodes)
    if (fresh !== undefined && clash === undefined) {
      checkBfd(fresh, object, known)
      peers.push(fresh)
      continue
    }
    if (fresh !== undefined && clash !== undefined) reportClash(fresh, clash, object)
    if (object.source === "resource" || clash?.source !== "resource") left.push(object)
  }
  const broken = left.filter(object => !standIn(object, peers, known)).map(({ resource }) => resource.name)
  return { peers: peers.sort(byNameAndSource), broken: [...new Set(broken)].sort() }
}

/** Puts the last valid version of a peer into use, unless another opens that session now. */
const standIn = (
  { resource, source, problems }: Written<BgpPeerResource>,
  peers: BgpPeer[],
  known: PeersJudged,
): boolean => {
  const before = known.lastGood?.peers.find(peer => peer.name === resource.name && peer.source === source)
  const found = before !== undefined && clashOf(before, peers, known.nodes) === undefined
  if (found) peers.push(before)
  problems.conclude(found ? "the last valid version stays in use" : "no session is opened for it")
  return found
}

const byNameAndSource = (a: BgpPeer, b: BgpPeer): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.source === b.source ? 0 : a.source === "resource" ? -1 : 1

/** The peer in use whose session would be the same. */
const clashOf = (peer: BgpPeer, inUse: readonly BgpPeer[], nodes: KnownNodes): BgpPeer | undefined =>
  inUse.find(other => sessionOf(other) === sessionOf(peer) && shareNode(other.nodeSelectors, peer.nodeSelectors, nodes))

const sessionOf = (peer: BgpPeer): string => {
  const source = peer.sourceAddress === undefined ? "any" : formatAddress(peer.sourceAddress)
  return [nameOf(peer), peer.port, source, peer.vrf].join(" ")
}

const nameOf = ({ endpoint }: BgpPeer): string =>
  endpoint.kind === "address" ? formatAddress(endpoint.address) : endpoint.name

const reportClash = (peer: BgpPeer, other: BgpPeer, { source, problems }: Written<BgpPeerResource>): void => {
  const field = peer.endpoint.kind === "address" ? "spec.peerAddress" : "spec.interface"
  const address = nameOf(peer)
  if (source === "legacy" && other.source === "resource") {
    const message = `peer ${address} exists as BGPPeer ${other.name} too, which is used; the entry of the ConfigMap is left out`
    problems.warning("ML258", field, message, { entry: `peer ${address}`, other: `BGPPeer ${other.name}` })
    return
  }
  const message = `peer ${address} already exists: ${other.name} opens the same session from the same node and is used`
  const summary = `peer ${address} already exists, FRR mode doesn't support duplicate BGPPeers selecting the same node`
  problems.error("ML253", field, message, { peer: peer.name, other: other.name }, summary)
}

/** A peer whose profile cannot be used keeps its session: losing routes would be worse than noticing a dead peer later. */
const checkBfd = (peer: BgpPeer, { problems }: Written<BgpPeerResource>, known: PeersJudged): void => {
  const { bfdProfile } = peer
  if (bfdProfile === undefined) return
  if (known.knownProfiles?.has(bfdProfile) === false) {
    const message = `there is no BFDProfile "${bfdProfile}"; the session is opened without BFD`
    const summary = `peer ${peer.name} referencing non existing bfd profile ${bfdProfile}`
    problems.error("ML254", "spec.bfdProfile", message, { profile: bfdProfile }, summary)
  }
  const profile = known.bfdProfiles.find(({ name }) => name === bfdProfile)
  const overIPv4 = peer.endpoint.kind === "address" && peer.endpoint.address.family === "IPv4"
  if (profile?.echoMode === true && !overIPv4) {
    const message = `BFDProfile ${bfdProfile} asks for echo mode, which exists for IPv4 only; the session works without it`
    problems.warning("ML268", "spec.bfdProfile", message, { profile: bfdProfile })
  }
}
