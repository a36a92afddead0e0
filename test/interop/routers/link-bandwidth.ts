/** A link bandwidth community: who measured, and bytes a second. */
export type LinkBandwidth = { readonly asn: number; readonly bytes: number }

/**
 * What a router shows of one, in whatever way it writes it: in words, as the two halves of its value or as all eight octets in one number, of which
 * some leave out the flags. The bandwidth is an IEEE number of 32 bits (draft-ietf-idr-link-bandwidth). undefined: it shows another community.
 */
export const linkBandwidthIn = (text: string): LinkBandwidth | undefined => {
  const worded = /^LB:(\d+):(\d+) /.exec(text) ?? /"subtype":4,"asn":(\d+),"bandwidth":(\d+)/.exec(text)
  if (worded !== null) return { asn: Number(worded[1]), bytes: Number(worded[2]) }
  const halves = /^(?:unknown 0x4|\[4\])[: ](\d+):(\d+)$/.exec(text)
  if (halves !== null) return { asn: Number(halves[1]), bytes: ofBits(Number(halves[2])) }
  const [, whole] = /"value":(\d+)/.exec(text) ?? []
  if (whole === undefined) return undefined
  const octets = Buffer.alloc(8)
  octets.writeBigUInt64BE(BigInt(whole))
  if (octets[1] !== 4) return undefined
  return { asn: octets.readUInt16BE(2), bytes: octets.readFloatBE(4) }
}

const ofBits = (bits: number): number => {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(bits)
  return octets.readFloatBE(0)
}
