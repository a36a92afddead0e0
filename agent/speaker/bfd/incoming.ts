import { demultiplex } from "../../core/bfd/demultiplex.ts"
import { type ControlPacket, readControlPacket } from "../../core/bfd/packet.ts"
import type { BfdDatagram } from "../../ports/bfd-wire.ts"
import type { Millis } from "../../ports/clock.ts"
import type { Member } from "./member.ts"

export type Incoming = {
  readonly received: (datagram: BfdDatagram) => void
  /** Packets that belong to no session, by the name of the rule that dropped them. */
  readonly strays: () => Readonly<Record<string, number>>
}

/** The members as packets name them. */
export type Addressees = {
  readonly byDiscriminator: (discriminator: number) => Member | undefined
  readonly byPath: (key: string) => Member | undefined
}

/** Brings each packet to its session, and counts those that are refused (RFC 5880 section 6.8.6). */
export const createIncoming = (
  { byDiscriminator, byPath }: Addressees,
  taken: (member: Member, packet: ControlPacket, at: Millis) => void,
): Incoming => {
  // BOUNDED by the names of refusals.
  const strays = new Map<string, number>()
  const sessions = {
    byDiscriminator: (discriminator: number) => asFound(byDiscriminator(discriminator)),
    byPath: (key: string) => asFound(byPath(key)),
  }
  return {
    received: ({ ear, bytes, from, to, interfaceIndex, ttl, at }) => {
      const reading = readControlPacket(bytes)
      const found = demultiplex(reading, { hops: ear.hops, vrf: ear.vrf, interfaceIndex, from, to, ttl }, sessions)
      if (found.ok) {
        found.session.member.taken += 1
        taken(found.session.member, found.packet, at)
        return
      }
      const { refusal, session } = found
      if (session === undefined) {
        strays.set(refusal, (strays.get(refusal) ?? 0) + 1)
        return
      }
      const { member } = session
      const authenticationType = reading.ok ? reading.authenticationType : undefined
      member.refused.set(refusal, (member.refused.get(refusal) ?? 0) + 1)
      member.lastRefused = { refusal, at, ttl, authenticationType }
    },
    strays: () => Object.fromEntries(strays),
  }
}

/** What `demultiplex` looks at, and the member behind it. */
const asFound = (member: Member | undefined) =>
  member === undefined ? undefined : { path: member.request.place.path, member }
