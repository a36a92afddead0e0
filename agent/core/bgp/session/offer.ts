import type { Address } from "../../ip/address.ts"
import type { IpFamily } from "../../model.ts"
import type { LocalAddresses } from "../rib/hops.ts"
import type { Capability } from "../wire/capability.ts"
import { afiOf, familyOf } from "../wire/family.ts"
import { encodeOpen, shortAsn } from "../wire/open.ts"
import type { SessionSettings } from "./settings.ts"

/** What this side says of itself on one connection. */
export type Offer = {
  readonly identifier: number
  readonly families: readonly IpFamily[]
  readonly capabilities: readonly Capability[]
}

export type OfferAsked = {
  readonly settings: SessionSettings
  readonly identifier: number
  /** The own end of the connection. */
  readonly local: Address
  /** This speaker restarted and has not been up with this peer since; and packets were forwarded meanwhile. */
  readonly restarted: boolean
  readonly preserved: boolean
  /** The peer does not understand optional parameters. */
  readonly plain: boolean
}

export const offerOf = ({ settings, identifier, local, restarted, preserved, plain }: OfferAsked): Offer => {
  const families = plain ? (["IPv4"] as const) : (settings.families ?? [local.family])
  if (plain) return { identifier, families, capabilities: [] }
  const capabilities: Capability[] = families.map(family => ({ kind: "multiprotocol", family: familyOf(family) }))
  capabilities.push({ kind: "route-refresh" })
  if (local.family === "IPv6" && families.includes("IPv4")) {
    const entries = [{ family: familyOf("IPv4"), nextHop: afiOf("IPv6") }]
    capabilities.push({ kind: "extended-next-hop", entries })
  }
  capabilities.push({ kind: "extended-message" })
  if (settings.gracefulRestart) {
    const kept = families.map(family => ({ family: familyOf(family), forwarding: preserved }))
    const { restartTime: time } = settings
    capabilities.push({ kind: "graceful-restart", restarting: restarted, notification: true, time, families: kept })
  }
  capabilities.push({ kind: "four-octet-as", asn: settings.asn }, { kind: "enhanced-route-refresh" })
  return { identifier, families, capabilities }
}

export const openMessage = ({ asn, holdTime }: SessionSettings, { identifier, capabilities }: Offer): Uint8Array =>
  encodeOpen({ asn: shortAsn(asn), holdTime, identifier, capabilities })

/** The configured identifier, else the IPv4 address that the peer sees, else one of the interface, else the node's. */
export const identifierOf = (
  { routerId, nodeId }: SessionSettings,
  local: Address,
  { IPv4 }: LocalAddresses,
): number => {
  if (routerId !== undefined) return routerId
  const seen = local.family === "IPv4" ? local : IPv4
  return seen === undefined ? nodeId : Number(seen.value)
}
