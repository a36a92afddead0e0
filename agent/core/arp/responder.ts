import { formatAddress } from "../ip/format.ts"
import { broadcastMac, formatMac, type Mac, sameMac } from "../net/mac.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { readArp, replyTo, writeArp } from "./packet.ts"

/** Where a frame came in, and what is announced there. */
export type Ear = {
  readonly interface: string
  /** The interface's own address, which every answer carries. */
  readonly mac: Mac
  /**
   * For an IPv4 address as a number: announced here, announced by this node on other interfaces only, or not announced.
   */
  readonly announces: (ip: number) => "here" | "elsewhere" | "no"
}

export type Response = {
  /** The frame to send on the same interface; undefined where nothing is answered. */
  readonly reply: Uint8Array | undefined
  readonly reason: ReasonCode
  readonly facts: Facts
  /**
   * Another station says that it has an address which this node announces: an address conflict (RFC 5227 section 2.4).
   */
  readonly claim: { readonly ip: number; readonly mac: Mac } | undefined
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
  if (packet.operation === "reply") return { ...drop("ML335", { sender: formatMac(packet.senderMac) }), claim }
  if (!sameMac(destination, broadcastMac) && !sameMac(destination, ear.mac)) {
    return { ...drop("ML331", { destination: formatMac(destination) }), claim }
  }
  const facts = { address: textOf(packet.targetIp), interface: ear.interface }
  const announced = ear.announces(packet.targetIp)
  if (announced === "no") return { ...drop("ML332", facts), claim }
  if (announced === "elsewhere") return { ...drop("ML333", facts), claim }
  return { reply: writeArp(replyTo(packet, ear.mac)), reason: "ML330", facts, claim }
}

const claimIn = (ip: number, mac: Mac, ear: Ear): Response["claim"] =>
  sameMac(mac, ear.mac) || ear.announces(ip) === "no" ? undefined : { ip, mac: Uint8Array.from(mac) }

const textOf = (ip: number): string => formatAddress({ family: "IPv4", value: BigInt(ip) })

const drop = (reason: ReasonCode, facts: Facts): Response => ({ reply: undefined, reason, facts, claim: undefined })
