import { bitsOf } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import { cidrRange, formatRange } from "../ip/range.ts"
import { ByteReader, ByteWriter } from "../net/bytes.ts"
import { maxPacket } from "./limits.ts"
import { magic } from "./packet.ts"
import { type LinkId, maxLinks, type PeerLink } from "./peer.ts"

/** What a speaker of ours says of itself in the membership's metadata; MetalLB's speakers leave it empty. */
export type Mark = { readonly boot: number; readonly links: readonly PeerLink[] }

/*
 *  +---------------+---------------+-------------------------------+
 *  |  magic 0xC7   |   version 1   |      boot (48 bits) …
 *  +---------------+---------------+---------------+---------------+
 *    … boot                                        |  links 0..8   |
 *  +---------------+---------------+---------------+---------------+
 *  | prefix length |    4 or 6     |  address, 4 or 16 bytes …        once for each link
 *  +---------------+---------------+-------------------------------
 *
 * At most 9 + 8 * 18 = 153 of the 512 bytes that the membership has room for. Bytes behind the last link are for later
 * versions and are passed over.
 */

/** Metadata for the membership. Links beyond the eighth, and those whose text is no subnet with its address, are left out. */
export const encodeMark = (mark: Mark): Uint8Array => {
  const links = mark.links.flatMap(({ link, address }) => {
    const parsed = parseAddress(address)
    const length = Number(link.slice(link.lastIndexOf("/") + 1))
    return parsed === undefined || !fits(link, length, address) ? [] : [{ parsed, length }]
  })
  const writer = new ByteWriter(maxPacket).u8(magic).u8(1).u48(mark.boot)
  const kept = links.slice(0, maxLinks)
  writer.u8(kept.length)
  for (const { parsed, length } of kept) writer.u8(length).address(parsed)
  return writer.finish()
}

/** Undefined for metadata that is no mark: that node's speaker is not ours. */
export const decodeMark = (bytes: Uint8Array): Mark | undefined => {
  const reader = new ByteReader(bytes)
  if (reader.u8() !== magic || reader.u8() !== 1) return undefined
  const boot = reader.u48()
  const count = reader.u8()
  if (count > maxLinks) return undefined
  const links: PeerLink[] = []
  for (let at = 0; at < count; at += 1) {
    const length = reader.u8()
    const address = reader.address()
    if (address === undefined || length > bitsOf(address.family)) return undefined
    links.push({ link: formatRange(cidrRange(address, length)), address: formatAddress(address) })
  }
  return reader.whole ? { boot, links } : undefined
}

const fits = (link: LinkId, length: number, address: string): boolean => {
  const parsed = parseAddress(address)
  if (parsed === undefined || !Number.isInteger(length) || length < 0 || length > bitsOf(parsed.family)) return false
  return formatRange(cidrRange(parsed, length)) === link
}
