import type { Outbound } from "../../../../agent/core/bgp/rib/outbound.ts"
import {
  type AttributesAsked,
  plainAttributes,
  type Route,
  routeAttributes,
} from "../../../../agent/core/bgp/rib/route.ts"
import { decodeUpdate } from "../../../../agent/core/bgp/wire/decode-update.ts"
import type { Update } from "../../../../agent/core/bgp/wire/update.ts"
import { formatCidr } from "../../../../agent/core/ip/cidr.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr } from "../bytes.ts"

const hops = { linkLocal: undefined, multiprotocol: false, nextHop: address("10.0.0.11") }

/** AS 64512 to an external peer. */
export const out4: Outbound = {
  family: "IPv4",
  asn: 64512,
  hops,
  wire: { fourOctet: true, internal: false, families: ["IPv4", "IPv6"], extendedNextHop: ["IPv4"] },
  extendedMessages: false,
}
export const out6: Outbound = {
  ...out4,
  family: "IPv6",
  hops: { nextHop: address("2001:db8::11"), linkLocal: undefined, multiprotocol: true },
}
export const inside = (out: Outbound): Outbound => ({ ...out, wire: { ...out.wire, internal: true } })

export const route = (prefix: string, asked: Partial<AttributesAsked> = {}): Route => ({
  prefix: cidr(prefix),
  attributes: routeAttributes({ ...plainAttributes, ...asked }),
})

export const read = (message: Uint8Array, out: Outbound): Update => {
  const reading = decodeUpdate(message.subarray(19), out.wire)
  if (reading.outcome !== "good") throw new Error(`our own UPDATE is read as ${reading.outcome}`)
  return reading.update
}

/** "+10.0.0.1/32 -10.0.0.2/32" of one message. */
export const told = (message: Uint8Array, out: Outbound): string => {
  const { withdrawn, announced, attributes } = read(message, out)
  const plus = [...announced, ...(attributes.reach?.prefixes ?? [])]
  const minus = [...withdrawn, ...(attributes.unreach?.prefixes ?? [])]
  return [...plus.map(prefix => `+${formatCidr(prefix)}`), ...minus.map(prefix => `-${formatCidr(prefix)}`)].join(" ")
}
