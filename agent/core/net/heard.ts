import { readArp } from "../arp/packet.ts"
import type { Address } from "../ip/address.ts"
import type { IpFamily } from "../model.ts"
import { readNdp } from "../ndp/packet.ts"
import type { Mac } from "./mac.ts"

/** Who sent an ARP packet or a neighbour message, and which address it says is its own. */
export type HeardStation = { readonly mac: Mac; readonly claims: Address | undefined }

/** Undefined for a frame that is neither. A probe and a question from nowhere claim nothing. */
export const heardIn = (bytes: Uint8Array, family: IpFamily): HeardStation | undefined =>
  family === "IPv4" ? heardInArp(bytes) : heardInNdp(bytes)

const heardInArp = (bytes: Uint8Array): HeardStation | undefined => {
  const reading = readArp(bytes)
  if (!reading.ok) return undefined
  const { senderMac, senderIp } = reading.frame.packet
  return { mac: senderMac, claims: senderIp === 0 ? undefined : { family: "IPv4", value: BigInt(senderIp) } }
}

const heardInNdp = (bytes: Uint8Array): HeardStation | undefined => {
  const reading = readNdp(bytes)
  if (!reading.ok) return undefined
  const { source, message } = reading.frame
  const mac = message.linkLayer ?? source
  return { mac, claims: message.kind === "advertisement" ? { family: "IPv6", value: message.target } : undefined }
}
