import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { broadcastMac, formatMac, type Mac, sameMac } from "../net/mac.ts"
import { type Claim, drop, type Response, type Whereabouts } from "../net/response.ts"
import { readArp, replyTo, writeArp } from "./packet.ts"

/** Where a frame came in, and what is announced there. */
export type Ear = {
  readonly interface: string
  /** The interface's own address, which every frame comes from. */
  readonly mac: Mac
  /** For an IPv4 address as a number. */
  readonly announces: (ip: number) => Whereabouts
  /** The MAC of the owner in whose name the address is answered for; undefined: it is this node's. */
  readonly inStead?: (ip: number) => Mac | undefined
}

/**
 * What one ARP frame calls for. Answered is a request for an announced address that was sent to everybody or to this
 * interface; the sender's own address is not looked at, so probes (RFC 5227) and gratuitous requests of others are
 * answered too.
 */
export const respond = (bytes: Uint8Array, ear: Ear): Response => {
  const reading = readArp(bytes)
  if (!reading.ok) return drop("ML334", { fault: reading.fault })
  const { destination, source, packet } = reading.frame
  if (sameMac(source, ear.mac)) return drop("ML336", {})
  const claim = claimIn(packet.senderIp, packet.senderMac, ear)
  if (packet.operation === "reply") return drop("ML335", { sender: formatMac(packet.senderMac) }, claim)
  if (!sameMac(destination, broadcastMac) && !sameMac(destination, ear.mac)) {
    return drop("ML331", { destination: formatMac(destination) }, claim)
  }
  const facts = { address: formatAddress(ipv4(packet.targetIp)), interface: ear.interface }
  const announced = ear.announces(packet.targetIp)
  if (announced === "no") return drop("ML332", facts, claim)
  if (announced === "elsewhere") return drop("ML333", facts, claim)
  return { reply: writeArp(replyTo(packet, ear.mac, ear.inStead?.(packet.targetIp))), reason: "ML330", facts, claim }
}

/** A probe has no sender address, so it is no claim (RFC 5227 section 2.1.1). Who says what is answered here says nothing new. */
const claimIn = (ip: number, mac: Mac, ear: Ear): Claim | undefined =>
  ear.announces(ip) === "no" || sameMac(mac, ear.mac) || sameMac(mac, ear.inStead?.(ip) ?? ear.mac)
    ? undefined
    : { address: ipv4(ip), mac: Uint8Array.from(mac) }

const ipv4 = (value: number): Address => ({ family: "IPv4", value: BigInt(value) })
