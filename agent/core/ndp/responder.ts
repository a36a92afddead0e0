import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { isMulticast, multicastMac, unspecified } from "../net/ipv6.ts"
import { formatMac, type Mac, sameMac } from "../net/mac.ts"
import { type Claim, drop, type Response, type Whereabouts } from "../net/response.ts"
import { answerTo, tellAll } from "./advertise.ts"
import { type NdpFrame, readNdp, writeNdp } from "./packet.ts"

/** Where a frame came in, and what is announced there. */
export type NdpEar = {
  readonly interface: string
  /** The interface's own address, which every frame comes from. */
  readonly mac: Mac
  /** For an IPv6 address as a number. */
  readonly announces: (ip: bigint) => Whereabouts
  /** The MAC of the owner in whose name the address is answered for; undefined: it is this node's. */
  readonly inStead?: (ip: bigint) => Mac | undefined
}

/**
 * What one neighbour message calls for. Answered is a solicitation for an announced address that was sent to its solicited-node group, to
 * another group or to this interface. Whoever has an address is answered alone (RFC 4861 section 7.2.4), at the link-layer address that it
 * gives or else where the frame came from; who has none yet is probing and is answered before everybody (RFC 4862 section 5.4.3).
 */
export const respondNdp = (bytes: Uint8Array, ear: NdpEar): Response => {
  const reading = readNdp(bytes)
  if (!reading.ok) return drop("ML334", { fault: reading.fault })
  const { frame } = reading
  const { source, from, message } = frame
  if (sameMac(source, ear.mac)) return drop("ML336", {})
  if (message.kind === "advertisement")
    return drop("ML335", { sender: formatMac(message.linkLayer ?? source) }, claimIn(frame, ear))
  if (!isForUs(frame, ear.mac)) return drop("ML331", { destination: formatMac(frame.destination) })
  const facts = { address: formatAddress(ipv6(message.target)), interface: ear.interface }
  const announced = ear.announces(message.target)
  if (announced === "no") return drop("ML332", facts)
  if (announced === "elsewhere") return drop("ML333", facts)
  const at = ear.inStead?.(message.target)
  const answer =
    from === unspecified
      ? tellAll(message.target, ear.mac, at)
      : answerTo(from, message.linkLayer ?? source, message.target, ear.mac, at)
  return { reply: writeNdp(answer), reason: "ML330", facts, claim: undefined }
}

/** A group's Ethernet address follows from the group (RFC 2464 section 7), or is this interface's own (RFC 6085). */
const isForUs = ({ destination, to }: NdpFrame, mac: Mac): boolean =>
  sameMac(destination, mac) || (isMulticast(to) && sameMac(destination, multicastMac(to)))

/**
 * An advertisement of the address. A probe is no claim yet: whoever sends it hears our answer and looks for another address. A question that
 * comes from the address goes to the group of the one that it asks for, where this host hears none, so it is not looked for.
 */
const claimIn = ({ source, message }: NdpFrame, ear: NdpEar): Claim | undefined => {
  if (message.kind !== "advertisement") return undefined
  const ip = message.target
  const mac = message.linkLayer ?? source
  if (ear.announces(ip) === "no" || sameMac(mac, ear.mac) || sameMac(mac, ear.inStead?.(ip) ?? ear.mac))
    return undefined
  return { address: ipv6(ip), mac: Uint8Array.from(mac) }
}

const ipv6 = (value: bigint): Address => ({ family: "IPv6", value })
