import type { NdpFrame } from "../../../agent/core/ndp/packet.ts"
import { writeNdp } from "../../../agent/core/ndp/packet.ts"
import { icmpv6Sum } from "../../../agent/core/net/checksum.ts"
import { allNodes, multicastMac, solicitedNodeGroup } from "../../../agent/core/net/ipv6.ts"
import { parseMac } from "../../../agent/core/net/mac.ts"
import { address } from "../allocate/fixtures.ts"

export const ip = (text: string): bigint => address(text).value
export const mac = (last: string): Uint8Array => parseMac(`02:00:00:00:00:${last}`) ?? new Uint8Array(6)

export const own = mac("ee")
export const client = mac("01")
export const clientIp = ip("2001:db8::fa")
export const vip = ip("2001:db8::10")
export const elsewhere = ip("2001:db8::11")

const group = solicitedNodeGroup(vip)

/** A client's multicast question for the VIP. */
export const question: NdpFrame = {
  destination: multicastMac(group),
  source: client,
  from: clientIp,
  to: group,
  message: { kind: "solicitation", target: vip, linkLayer: client },
}

/** Somebody's unsolicited advertisement of the VIP. */
export const advertisement: NdpFrame = {
  destination: multicastMac(allNodes),
  source: client,
  from: vip,
  to: allNodes,
  message: {
    kind: "advertisement",
    target: vip,
    router: false,
    solicited: false,
    override: true,
    linkLayer: client,
  },
}

/** The frame with other bytes at an offset of the ICMPv6 message, and a checksum that is right for them. */
export const patched = (frame: NdpFrame, at: number, ...bytes: readonly number[]): Uint8Array => {
  const out = writeNdp(frame)
  out.set(bytes, 54 + at)
  return summed(out)
}

/** The frame with these options instead of its own. */
export const withOptions = (frame: NdpFrame, ...options: readonly number[]): Uint8Array => {
  const head = writeNdp(frame).subarray(0, 78)
  const out = Uint8Array.from([...head, ...options])
  new DataView(out.buffer).setUint16(18, 24 + options.length)
  return summed(out)
}

export const summed = (frame: Uint8Array): Uint8Array => {
  const view = new DataView(frame.buffer, frame.byteOffset)
  view.setUint16(56, 0)
  const message = frame.subarray(54, 54 + view.getUint16(18))
  view.setUint16(56, ~icmpv6Sum(frame.subarray(22, 54), message) & 0xffff)
  return frame
}
