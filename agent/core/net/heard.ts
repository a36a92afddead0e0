import { readArp } from "../arp/packet.ts"
import type { Address } from "../ip/address.ts"
import type { IpFamily } from "../model.ts"
import { readNdp } from "../ndp/packet.ts"
import type { Mac } from "./mac.ts"

/** Who an ARP packet or a neighbour message says that its sender is, and which address it says is that one's own. */
export type HeardStation = {
  readonly mac: Mac
  readonly claims: Address | undefined
  /** Where the frame came from: another station than `mac` where somebody answers in its name. */
  readonly source: Mac
}

/** Undefined for a frame that is neither. A probe and a question from nowhere claim nothing. */
export const heardIn = (bytes: Uint8Array, family: IpFamily): HeardStation | undefined =>
  family === "IPv4" ? heardInArp(bytes) : heardInNdp(bytes)

const heardInArp = (bytes: Uint8Array): HeardStation | undefined => {
  const reading = readArp(bytes)
  if (!reading.ok) return undefined
  const { senderMac, senderIp } = reading.frame.packet
  const claims = senderIp === 0 ? undefined : ({ family: "IPv4", value: BigInt(senderIp) } as const)
  return { mac: senderMac, claims, source: reading.frame.source }
}

const heardInNdp = (bytes: Uint8Array): HeardStation | undefined => {
  const reading = readNdp(bytes)
  if (!reading.ok) return undefined
  const { source, message } = reading.frame
  const mac = message.linkLayer ?? source
  const claims = message.kind === "advertisement" ? ({ family: "IPv6", value: message.target } as const) : undefined
  return { mac, claims, source }
}
