import { arpProbe, readArp, writeArp } from "../arp/packet.ts"
import type { Address } from "../ip/address.ts"
import type { IpFamily } from "../model.ts"
import { readNdp, writeNdp } from "../ndp/packet.ts"
import { ndpProbe } from "../ndp/probe.ts"
import { unspecified } from "../net/ipv6.ts"
import { type Mac, sameMac } from "../net/mac.ts"

/** The frame that asks whether anybody on the link has an address: an ARP probe, or a solicitation as of duplicate address detection. */
export const probeOf = (address: Address, mac: Mac): Uint8Array =>
  address.family === "IPv4" ? writeArp(arpProbe(Number(address.value), mac)) : writeNdp(ndpProbe(address.value, mac))

/** A station that has an address ("answer": it says so, asked or not), or that asks whether it may have it ("probe"). */
export type Evidence = { readonly address: Address; readonly mac: Mac; readonly how: "answer" | "probe" }

/**
 * What a frame says about one of the addresses that are asked for (RFC 5227 section 2.1.1, RFC 4862 sections 5.4.3 and 5.4.4); undefined
 * where it says nothing, is malformed, or was sent by `own`, the interface itself.
 */
export const evidenceIn = (
  family: IpFamily,
  bytes: Uint8Array,
  own: Mac,
  isAsked: (value: bigint) => boolean,
): Evidence | undefined => {
  const found = family === "IPv4" ? inArp(bytes, own) : inNdp(bytes, own)
  return found === undefined || !isAsked(found.address.value) ? undefined : found
}

/** The sender of any packet has its address; a request without one is a probe of somebody else for its target. */
const inArp = (bytes: Uint8Array, own: Mac): Evidence | undefined => {
  const reading = readArp(bytes)
  if (!reading.ok) return undefined
  const { operation, senderIp, senderMac, targetIp } = reading.frame.packet
  if (sameMac(senderMac, own) || sameMac(reading.frame.source, own)) return undefined
  const mac = Uint8Array.from(senderMac)
  if (senderIp !== 0) return { address: { family: "IPv4", value: BigInt(senderIp) }, mac, how: "answer" }
  return operation === "reply" ? undefined : { address: { family: "IPv4", value: BigInt(targetIp) }, mac, how: "probe" }
}

/** An advertisement is about its target; a solicitation comes from whoever has its source, or is a probe for its target. */
const inNdp = (bytes: Uint8Array, own: Mac): Evidence | undefined => {
  const reading = readNdp(bytes)
  if (!reading.ok || sameMac(reading.frame.source, own)) return undefined
  const { source, from, message } = reading.frame
  const mac = Uint8Array.from(message.linkLayer ?? source)
  // A stand-in said it in this node's name.
  if (sameMac(mac, own)) return undefined
  if (message.kind === "advertisement")
    return { address: { family: "IPv6", value: message.target }, mac, how: "answer" }
  return from === unspecified
    ? { address: { family: "IPv6", value: message.target }, mac, how: "probe" }
    : { address: { family: "IPv6", value: from }, mac, how: "answer" }
}
