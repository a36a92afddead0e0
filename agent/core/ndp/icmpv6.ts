import { icmpv6Sum } from "../net/checksum.ts"
import {
  type EthernetHeader,
  ethernetHeaderLength,
  etherTypeIpv6,
  readEthernet,
  writeEthernet,
} from "../net/ethernet.ts"
import {
  type Ipv6Header,
  ipv6HeaderLength,
  isMulticast,
  nextHeaderIcmpv6,
  readIpv6,
  writeIpv6,
  writeIpv6Address,
} from "../net/ipv6.ts"
import { isZeroMac, type Mac } from "../net/mac.ts"

/** A message of neighbour discovery in its frame, from its type on. */
export type Icmpv6Frame = {
  readonly ethernet: EthernetHeader
  readonly ip: Ipv6Header
  readonly message: Uint8Array
}

export type Icmpv6Fault =
  | "shorter than an Ethernet header"
  | "not of EtherType IPv6"
  | "no IPv6 header"
  | "no ICMPv6"
  | "shorter than its IPv6 header says"
  | "hop limit is not 255"
  | "wrong checksum"
  | "sender is a group address"
  | "sender has no hardware address"

export type Icmpv6Reading =
  | { readonly ok: true; readonly frame: Icmpv6Frame }
  | { readonly ok: false; readonly fault: Icmpv6Fault }

const headersLength = ethernetHeaderLength + ipv6HeaderLength

/**
 * Reads the headers around a message of neighbour discovery as they came from the wire, and checks what RFC 4861 sections 6.1 and 7.1 ask
 * of them; the message itself is checked by `flawOf`. Bytes behind the IPv6 packet are padding. Extension headers before ICMPv6 are not looked through: no station
 * sends such messages with any, and RFC 6980 forbids the fragment header.
 */
export const readIcmpv6 = (bytes: Uint8Array): Icmpv6Reading => {
  const ethernet = readEthernet(bytes)
  if (ethernet === undefined) return fault("shorter than an Ethernet header")
  if (ethernet.etherType !== etherTypeIpv6) return fault("not of EtherType IPv6")
  const ip = readIpv6(bytes.subarray(ethernetHeaderLength))
  if (ip === undefined) return fault("no IPv6 header")
  if (ip.nextHeader !== nextHeaderIcmpv6) return fault("no ICMPv6")
  if (bytes.length < headersLength + ip.payloadLength) return fault("shorter than its IPv6 header says")
  // No router lets such a packet through: whoever sent it is on this link (RFC 4861 section 3.1).
  if (ip.hopLimit !== 255) return fault("hop limit is not 255")
  const message = bytes.subarray(headersLength, headersLength + ip.payloadLength)
  return { ok: true, frame: { ethernet, ip, message } }
}

/** What is wrong with a message whose length is right: its checksum, or a sender to whom an answer would go to many stations or to none. */
export const flawOf = ({ ethernet, ip, message }: Icmpv6Frame): Icmpv6Fault | undefined => {
  const addresses = new DataView(new ArrayBuffer(32))
  writeIpv6Address(addresses, 0, ip.source)
  writeIpv6Address(addresses, 16, ip.destination)
  if (icmpv6Sum(new Uint8Array(addresses.buffer), message) !== 0xffff) return "wrong checksum"
  // RFC 8200 section 3: a multicast address is no source.
  if (((ethernet.source[0] ?? 0) & 1) === 1 || isMulticast(ip.source)) return "sender is a group address"
  return isZeroMac(ethernet.source) ? "sender has no hardware address" : undefined
}

export type Icmpv6Ends = {
  readonly destination: Mac
  readonly source: Mac
  /** IPv6 addresses as numbers. */
  readonly from: bigint
  readonly to: bigint
}

/** The whole frame around a message whose checksum is 0 so far. */
export const writeIcmpv6 = ({ destination, source, from, to }: Icmpv6Ends, message: Uint8Array): Uint8Array => {
  const bytes = writeEthernet({ destination, source, etherType: etherTypeIpv6 }, ipv6HeaderLength + message.length)
  writeIpv6(new DataView(bytes.buffer, ethernetHeaderLength), {
    payloadLength: message.length,
    nextHeader: nextHeaderIcmpv6,
    hopLimit: 255,
    source: from,
    destination: to,
  })
  bytes.set(message, headersLength)
  const sum = icmpv6Sum(bytes.subarray(headersLength - 32, headersLength), message)
  new DataView(bytes.buffer).setUint16(headersLength + 2, ~sum & 0xffff)
  return bytes
}

const fault = (text: Icmpv6Fault): Icmpv6Reading => ({
  ok: false,
  fault: text,
})
