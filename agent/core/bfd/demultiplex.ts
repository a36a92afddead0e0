import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { PacketFault, PacketReading } from "./packet.ts"

/** One hop is RFC 5881, several are RFC 5883; each has a port, and sessions of one kind never meet packets of the other. */
export type Hops = "single" | "multi"

export const controlPort: Readonly<Record<Hops, number>> = { single: 3784, multi: 4784 }

/** How a datagram came. */
export type Arrival = {
  readonly hops: Hops
  /** Of the socket that heard it; "" is the default one. */
  readonly vrf: string
  readonly interfaceIndex: number
  readonly from: Address
  readonly to: Address
  /** TTL or hop limit. */
  readonly ttl: number
}

/** Between whom a session is: what an arrival must show while the peer does not know our discriminator. */
export type Path =
  | { readonly hops: "single"; readonly peer: Address; readonly interfaceIndex: number }
  /**
   * `local` undefined: the kernel chooses our address, and it does not tell sessions apart. `device`: that of the VRF, whose addresses may
   * be those of another one; undefined in the default one.
   */
  | {
      readonly hops: "multi"
      readonly peer: Address
      readonly local: Address | undefined
      readonly minimumTtl: number
      readonly vrf: string
      readonly device: number | undefined
    }

/** Names a path: two sessions of one name would be one (RFC 5881 section 2, RFC 5883 section 4.1). */
export const pathKey = (path: Path): string =>
  path.hops === "single"
    ? `single ${path.interfaceIndex} ${formatAddress(path.peer)}`
    : `multi ${path.local === undefined ? "any" : formatAddress(path.local)} ${formatAddress(path.peer)}${path.vrf === "" ? "" : ` in ${path.vrf}`}`

/** The interface that its sockets are bound to; undefined: none, so that the kernel routes as it likes. */
export const deviceOf = (path: Path): number | undefined => (path.hops === "single" ? path.interfaceIndex : path.device)

/** The lowest TTL that is taken: whoever shows 255 is on the link (RFC 5881 section 5). */
export const lowestTtl = (path: Path): number => (path.hops === "single" ? 255 : path.minimumTtl)

/** The sessions there are, by the two ways to find one. */
export type Sessions<Found extends { readonly path: Path }> = {
  readonly byDiscriminator: (discriminator: number) => Found | undefined
  readonly byPath: (key: string) => Found | undefined
}

/** Why a packet is dropped before its session is stepped; each name is one rule. */
export type Refusal =
  | PacketFault
  | "no session has your discriminator"
  | "session is of the other port"
  | "session is of another VRF"
  | "state needs your discriminator"
  | "no session with the sender"
  | "TTL is too low"
  | "authentication is not in use"
  | "session is administratively down"

export type Demultiplexed<Found> =
  | { readonly ok: true; readonly session: Found; readonly packet: Extract<PacketReading, { ok: true }>["packet"] }
  /** `session`: whose packet it would have been. */
  | { readonly ok: false; readonly refusal: Refusal; readonly session: Found | undefined }

/**
 * Which session is the packet of (RFC 5880 sections 6.3 and 6.8.6, RFC 5881 section 3)? Once the peer knows our
 * discriminator nothing else is looked at: its address may change.
 */
export const demultiplex = <Found extends { readonly path: Path }>(
  reading: PacketReading,
  arrival: Arrival,
  sessions: Sessions<Found>,
): Demultiplexed<Found> => {
  if (!reading.ok) return refuse(reading.fault)
  const { packet, authenticationType } = reading
  const { yourDiscriminator, state } = packet
  if (yourDiscriminator === 0 && state !== "Down" && state !== "AdminDown")
    return refuse("state needs your discriminator", byArrival(arrival, sessions))
  const session = yourDiscriminator === 0 ? byArrival(arrival, sessions) : sessions.byDiscriminator(yourDiscriminator)
  if (session === undefined)
    return refuse(yourDiscriminator === 0 ? "no session with the sender" : "no session has your discriminator")
  if (session.path.hops !== arrival.hops) return refuse("session is of the other port", session)
  if (session.path.hops === "multi" && session.path.vrf !== arrival.vrf)
    return refuse("session is of another VRF", session)
  if (arrival.ttl < lowestTtl(session.path)) return refuse("TTL is too low", session)
  if (authenticationType !== undefined) return refuse("authentication is not in use", session)
  return { ok: true, session, packet }
}

const byArrival = <Found extends { readonly path: Path }>(
  { hops, vrf, from, to, interfaceIndex }: Arrival,
  sessions: Sessions<Found>,
): Found | undefined => {
  if (hops === "single") return sessions.byPath(pathKey({ hops, peer: from, interfaceIndex }))
  const path = { hops, peer: from, minimumTtl: 1, vrf, device: undefined }
  return sessions.byPath(pathKey({ ...path, local: to })) ?? sessions.byPath(pathKey({ ...path, local: undefined }))
}

const refuse = <Found>(refusal: Refusal, session?: Found): Demultiplexed<Found> => ({ ok: false, refusal, session })
