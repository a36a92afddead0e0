import {
  type Ipv6Header,
  isMulticast,
  readIpv6Address,
  solicitedNodeGroup,
  unspecified,
  writeIpv6Address,
} from "../net/ipv6.ts"
import type { Mac } from "../net/mac.ts"
import { flawOf, type Icmpv6Fault, readIcmpv6, writeIcmpv6 } from "./icmpv6.ts"
import {
  type LinkLayerOptions,
  linkLayerOptionLength,
  type OptionFault,
  readOptions,
  sourceLinkLayer,
  targetLinkLayer,
} from "./options.ts"

/**
 * Neighbour solicitation, type 135, and neighbour advertisement, type 136 (RFC 4861 sections 4.3 and 4.4), behind the
 * Ethernet and IPv6 headers. The flags are the advertisement's, a solicitation has 0 there:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+---------------+-------------------------------+
 *   |   type        |   code = 0    |          checksum             |
 *   +-+-+-+---------+---------------+-------------------------------+
 *   |R|S|O|                     reserved                            |
 *   +-+-+-+---------------------------------------------------------+
 *   |                    target address (16 bytes)                  |
 *   +---------------------------------------------------------------+
 *   |   options ...
 *   +--------------
 */
export type NdpMessage = Solicitation | Advertisement

export type Solicitation = {
  readonly kind: "solicitation"
  readonly target: bigint
  /** The asker's address on the link; undefined in a probe (RFC 4862 section 5.4.2) and where a unicast question leaves it out. */
  readonly linkLayer: Mac | undefined
}

export type Advertisement = {
  readonly kind: "advertisement"
  readonly target: bigint
  readonly router: boolean
  readonly solicited: boolean
  readonly override: boolean
  /** Where the target is. */
  readonly linkLayer: Mac | undefined
}

export type NdpFrame = {
  readonly destination: Mac
  readonly source: Mac
  /** IPv6 addresses as numbers. */
  readonly from: bigint
  readonly to: bigint
  readonly message: NdpMessage
}

export type NdpReading =
  | { readonly ok: true; readonly frame: NdpFrame }
  | { readonly ok: false; readonly fault: NdpFault }

export type NdpFault =
  | "shorter than a neighbour message"
  | "neither solicitation nor advertisement"
  | "code is not 0"
  | "target is a group address"
  | "probe that was not sent to the solicited-node group"
  | "probe with a link-layer address"
  | "solicited advertisement that was sent to a group"
  | OptionFault
  | Icmpv6Fault

const types = { solicitation: 135, advertisement: 136 } as const
/** Up to the options. */
const messageLength = 24

/** Reads a frame as it came from the wire and validates it as RFC 4861 sections 7.1.1 and 7.1.2 ask. */
export const readNdp = (bytes: Uint8Array): NdpReading => {
  const headers = readIcmpv6(bytes)
  if (!headers.ok) return fault(headers.fault)
  const { ethernet, ip, message } = headers.frame
  if (message.length < messageLength) return fault("shorter than a neighbour message")
  const [type, code] = message
  if (type !== types.solicitation && type !== types.advertisement)
    return fault("neither solicitation nor advertisement")
  if (code !== 0) return fault("code is not 0")
  const flaw = flawOf(headers.frame)
  if (flaw !== undefined) return fault(flaw)
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const target = readIpv6Address(view, 8)
  if (isMulticast(target)) return fault("target is a group address")
  const reading = readOptions(message.subarray(messageLength))
  if (!reading.ok) return fault(reading.fault)
  const read = type === types.solicitation ? solicitation : advertisement
  const found = read(view, target, reading.options, ip)
  if (typeof found === "string") return fault(found)
  const { destination, source } = ethernet
  return {
    ok: true,
    frame: {
      destination,
      source,
      from: ip.source,
      to: ip.destination,
      message: found,
    },
  }
}

type Reader = (view: DataView, target: bigint, options: LinkLayerOptions, ip: Ipv6Header) => NdpMessage | NdpFault

/** RFC 4861 section 7.1.1. */
const solicitation: Reader = (_view, target, { source: linkLayer }, ip) => {
  if (ip.source === unspecified && ip.destination !== solicitedNodeGroup(target))
    return "probe that was not sent to the solicited-node group"
  if (ip.source === unspecified && linkLayer !== undefined) return "probe with a link-layer address"
  return { kind: "solicitation", target, linkLayer }
}

/** RFC 4861 section 7.1.2. */
const advertisement: Reader = (view, target, { target: linkLayer }, ip) => {
  const flags = view.getUint8(4)
  const [router, solicited, override] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0, (flags & 0x20) !== 0]
  if (solicited && isMulticast(ip.destination)) return "solicited advertisement that was sent to a group"
  return {
    kind: "advertisement",
    target,
    router,
    solicited,
    override,
    linkLayer,
  }
}

/** A whole frame: 78 bytes, 86 with a link-layer address. */
export const writeNdp = ({ message: said, ...ends }: NdpFrame): Uint8Array => {
  const { kind, target, linkLayer } = said
  const bytes = new Uint8Array(messageLength + (linkLayer === undefined ? 0 : linkLayerOptionLength))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, types[kind])
  if (kind === "advertisement")
    view.setUint8(4, (said.router ? 0x80 : 0) | (said.solicited ? 0x40 : 0) | (said.override ? 0x20 : 0))
  writeIpv6Address(view, 8, target)
  if (linkLayer !== undefined)
    bytes.set([kind === "solicitation" ? sourceLinkLayer : targetLinkLayer, 1, ...linkLayer], messageLength)
  return writeIcmpv6(ends, bytes)
}

const fault = (text: NdpFault): NdpReading => ({ ok: false, fault: text })
