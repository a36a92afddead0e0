import { isLinkLocal, unspecified } from "../net/ipv6.ts"
import type { Mac } from "../net/mac.ts"
import { flawOf, type Icmpv6Fault, readIcmpv6, writeIcmpv6 } from "./icmpv6.ts"
import { linkLayerOptionLength, type OptionFault, readOptions, sourceLinkLayer } from "./options.ts"

/**
 * Router solicitation, type 133, and router advertisement, type 134 (RFC 4861 sections 4.1 and 4.2). A solicitation ends its fixed part
 * after 8 bytes, all reserved behind the checksum:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+---------------+-------------------------------+
 *   |   type        |   code = 0    |          checksum             |
 *   +---------------+-+-+-----------+-------------------------------+
 *   | cur hop limit |M|O| reserved  |       router lifetime         |
 *   +---------------+-+-+-----------+-------------------------------+
 *   |                     reachable time (ms)                       |
 *   +---------------------------------------------------------------+
 *   |                      retrans timer (ms)                       |
 *   +---------------------------------------------------------------+
 *   |   options ...
 *   +--------------
 */
export type RouterMessage =
  | {
      readonly kind: "router-solicitation"
      readonly linkLayer: Mac | undefined
    }
  | {
      readonly kind: "router-advertisement"
      /** Seconds for which the sender is a default router, 0..65535; 0: it is none. */
      readonly lifetime: number
      readonly linkLayer: Mac | undefined
    }

export type RouterFrame = {
  readonly destination: Mac
  readonly source: Mac
  /** IPv6 addresses as numbers. */
  readonly from: bigint
  readonly to: bigint
  readonly message: RouterMessage
}

export type RouterFault =
  | Icmpv6Fault
  | OptionFault
  | "neither router solicitation nor router advertisement"
  | "code is not 0"
  | "shorter than a router message"
  | "solicitation without an address, but with a link-layer address"
  | "router's address is not link-local"

export type RouterReading =
  | { readonly ok: true; readonly frame: RouterFrame }
  | { readonly ok: false; readonly fault: RouterFault }

const types = {
  "router-solicitation": 133,
  "router-advertisement": 134,
} as const
/** Up to the options. */
const lengths = {
  "router-solicitation": 8,
  "router-advertisement": 16,
} as const

/** Reads a frame as it came from the wire and validates it as RFC 4861 sections 6.1.1 and 6.1.2 ask. */
export const readRouterMessage = (bytes: Uint8Array): RouterReading => {
  const headers = readIcmpv6(bytes)
  if (!headers.ok) return fault(headers.fault)
  const { ethernet, ip, message } = headers.frame
  const [type, code] = message
  const kind = type === 133 ? "router-solicitation" : type === 134 ? "router-advertisement" : undefined
  if (kind === undefined) return fault("neither router solicitation nor router advertisement")
  if (code !== 0) return fault("code is not 0")
  if (message.length < lengths[kind]) return fault("shorter than a router message")
  const flaw = flawOf(headers.frame)
  if (flaw !== undefined) return fault(flaw)
  const reading = readOptions(message.subarray(lengths[kind]))
  if (!reading.ok) return fault(reading.fault)
  const linkLayer = reading.options.source
  const ends = {
    destination: ethernet.destination,
    source: ethernet.source,
    from: ip.source,
    to: ip.destination,
  }
  if (kind === "router-solicitation") {
    if (ip.source === unspecified && linkLayer !== undefined)
      return fault("solicitation without an address, but with a link-layer address")
    return { ok: true, frame: { ...ends, message: { kind, linkLayer } } }
  }
  if (!isLinkLocal(ip.source)) return fault("router's address is not link-local")
  const lifetime = new DataView(message.buffer, message.byteOffset, message.length).getUint16(6)
  return {
    ok: true,
    frame: { ...ends, message: { kind, lifetime, linkLayer } },
  }
}

/** A whole frame. What an advertisement leaves to the hosts (hop limit, reachable time, retrans timer) is 0: not said here. */
export const writeRouterMessage = ({ message: said, ...ends }: RouterFrame): Uint8Array => {
  const length = lengths[said.kind]
  const bytes = new Uint8Array(length + (said.linkLayer === undefined ? 0 : linkLayerOptionLength))
  bytes[0] = types[said.kind]
  if (said.kind === "router-advertisement") new DataView(bytes.buffer).setUint16(6, said.lifetime)
  if (said.linkLayer !== undefined) bytes.set([sourceLinkLayer, 1, ...said.linkLayer], length)
  return writeIcmpv6(ends, bytes)
}

const fault = (text: RouterFault): RouterReading => ({
  ok: false,
  fault: text,
})
