import type { IpFamily } from "../../model.ts"
import { type Capability, encodeCapability, type GracefulRestart } from "../wire/capability.ts"
import { afiOf, familyOf, ipFamilyOf } from "../wire/family.ts"
import { faultOf, type WireFault } from "../wire/fault.ts"
import { asnOf, type Open } from "../wire/open.ts"
import type { WireOptions } from "../wire/update.ts"
import { type About, type Explained, explain, explainFault } from "./explain.ts"
import type { Offer } from "./offer.ts"
import type { Millis } from "./time.ts"

/** What two OPENs make of a session. */
export type Agreement = {
  /** The peer's AS and BGP identifier. */
  readonly asn: number
  readonly identifier: number
  /** Seconds, 0: neither side watches the other. */
  readonly holdTime: number
  readonly keepaliveTime: Millis
  readonly wire: WireOptions
  /** RFC 8654 section 4, each direction by itself: whether the peer takes messages over 4096 bytes, and whether it may send them. */
  readonly extendedMessages: { readonly toPeer: boolean; readonly fromPeer: boolean }
  readonly routeRefresh: boolean
  readonly enhancedRefresh: boolean
  /** What the peer does over a restart of either side; undefined where it said nothing of it, or this side did not. */
  readonly gracefulRestart: GracefulRestart | undefined
  /** RFC 8538: routes are kept over a NOTIFICATION too, unless it is a hard reset. */
  readonly keptOverNotification: boolean
  /** All that the peer said it can do, for people. */
  readonly capabilities: readonly Capability[]
  /** Those of them that this side said too: what is in force. */
  readonly common: readonly Capability[]
}

export type Negotiation =
  | { readonly ok: true; readonly agreed: Agreement }
  | { readonly ok: false; readonly fault: WireFault; readonly explained: Explained }

/** Judges the peer's OPEN against the settings and what was offered to it (RFC 4271 section 6.2). */
export const negotiate = (about: About, offer: Offer, open: Open): Negotiation => {
  const { settings } = about
  const asn = asnOf(open)
  const no = (fault: WireFault, explained: Explained): Negotiation => ({ ok: false, fault, explained })
  const expected = unexpectedAs(about, asn)
  if (expected !== undefined) return no(faultOf("open-peer-as"), explain(about, "ML436", { found: asn, expected }))
  const internal = asn === settings.asn
  // RFC 6286 section 2.2: within one AS every speaker has an identifier of its own.
  if (internal && open.identifier === offer.identifier)
    return no(faultOf("open-identifier"), explain(about, "ML437", { identifier: identifierText(open.identifier) }))
  const families = commonFamilies(offer.families, open.capabilities)
  if (families.length === 0) {
    // RFC 5492 section 5: the data names what is missing.
    const wanted = offer.families.map(family => encodeCapability({ kind: "multiprotocol", family: familyOf(family) }))
    const fault = faultOf("open-capability", Uint8Array.from(wanted.flatMap(bytes => [...bytes])))
    return no(fault, explain(about, "ML439", { families: offer.families }))
  }
  const holdTime = Math.min(settings.holdTime, open.holdTime)
  if (holdTime !== 0 && holdTime < 3)
    return no(faultOf("open-hold-time"), explainFault(about, faultOf("open-hold-time")))
  const has = (kind: Capability["kind"]) => open.capabilities.some(capability => capability.kind === kind)
  const offered = (kind: Capability["kind"]) => offer.capabilities.some(capability => capability.kind === kind)
  const both = (kind: Capability["kind"]) => has(kind) && offered(kind)
  const graceful = both("graceful-restart") ? gracefulRestartOf(open) : undefined
  return {
    ok: true,
    agreed: {
      asn,
      identifier: open.identifier,
      holdTime,
      keepaliveTime: 1_000 * Math.min(settings.keepaliveTime ?? holdTime, holdTime / 3),
      wire: { fourOctet: both("four-octet-as"), internal, families, extendedNextHop: extendedNextHops(offer, open) },
      extendedMessages: { toPeer: has("extended-message"), fromPeer: offered("extended-message") },
      routeRefresh: both("route-refresh"),
      enhancedRefresh: both("enhanced-route-refresh"),
      gracefulRestart: graceful,
      keptOverNotification: graceful?.notification === true,
      capabilities: open.capabilities,
      common: open.capabilities.flatMap(capability => commonPart(offer, capability) ?? []),
    },
  }
}

/** What the AS should have been, in words; undefined where it is right. */
const unexpectedAs = ({ settings: { remote, asn: own } }: About, asn: number): string | undefined => {
  if (remote.kind === "as") return remote.asn === asn ? undefined : String(remote.asn)
  if (remote.kind === "internal") return asn === own ? undefined : `${own}, the own one`
  return asn === own ? `another than ${own}` : undefined
}

/** RFC 4760 section 8: who says nothing of families has IPv4 unicast. */
const commonFamilies = (offered: readonly IpFamily[], capabilities: readonly Capability[]): readonly IpFamily[] => {
  const said = capabilities.filter(capability => capability.kind === "multiprotocol")
  const theirs = said.length === 0 ? ["IPv4"] : said.map(({ family }) => ipFamilyOf(family))
  return offered.filter(family => theirs.includes(family))
}

/**
 * What of a peer's capability this side offered too; undefined where nothing. Families and next hops are agreed on one by one, everything
 * else by its kind: the numbers in it are each side's own.
 */
const commonPart = ({ capabilities }: Offer, theirs: Capability): Capability | undefined => {
  const has = (same: (ours: Capability) => boolean) => (capabilities.some(same) ? theirs : undefined)
  const { kind } = theirs
  if (kind === "multiprotocol")
    return has(ours => ours.kind === kind && ipFamilyOf(ours.family) === ipFamilyOf(theirs.family))
  if (kind !== "extended-next-hop") return has(ours => ours.kind === kind)
  const offered = capabilities.flatMap(ours => (ours.kind === kind ? ours.entries : []))
  const entries = theirs.entries.filter(one =>
    offered.some(other => ipFamilyOf(other.family) === ipFamilyOf(one.family) && other.nextHop === one.nextHop),
  )
  return entries.length === 0 ? undefined : { kind, entries }
}

/** RFC 8950 section 4: both sides name the pair of families. */
const extendedNextHops = (offer: Offer, open: Open): readonly IpFamily[] => {
  const named = (capabilities: readonly Capability[], family: IpFamily): boolean =>
    capabilities.some(
      capability =>
        capability.kind === "extended-next-hop" &&
        capability.entries.some(entry => ipFamilyOf(entry.family) === family && entry.nextHop === afiOf("IPv6")),
    )
  return offer.families.filter(family => named(offer.capabilities, family) && named(open.capabilities, family))
}

/** RFC 4724 section 3: of several the last counts. */
const gracefulRestartOf = ({ capabilities }: Open): GracefulRestart | undefined =>
  capabilities.findLast(capability => capability.kind === "graceful-restart")

/** As people write it: four numbers with dots. */
export const identifierText = (identifier: number): string =>
  [24, 16, 8, 0].map(shift => (identifier >>> shift) & 255).join(".")
