import { ByteReader, ByteWriter } from "../../net/bytes.ts"
import { shortAsn } from "./open.ts"

/**
 * One segment of an AS_PATH (RFC 4271 section 4.3 b), 1 to 255 AS numbers of 2 or, between speakers that both announced it, 4 bytes
 * (RFC 6793 section 4.1):
 *
 *   +-------------+-------------+----------//----------+
 *   | 1 set,      | count (1)   | AS numbers           |
 *   | 2 sequence  |             |                      |
 *   +-------------+-------------+----------//----------+
 */
export type AsSegment = { readonly kind: "set" | "sequence"; readonly asns: readonly number[] }

export type AsPath = readonly AsSegment[]

const kinds = { set: 1, sequence: 2 } as const

export const encodeAsPath = (path: AsPath, width: 2 | 4): Uint8Array => {
  const writer = new ByteWriter(path.reduce((sum, { asns }) => sum + 2 + width * asns.length, 0))
  for (const { kind, asns } of path) {
    writer.u8(kinds[kind]).u8(asns.length)
    for (const asn of asns)
      if (width === 4) writer.u32(asn)
      else writer.u16(shortAsn(asn))
  }
  return writer.finish()
}

/**
 * Undefined where the path is malformed: a segment of another kind (those of confederations are for their members alone, RFC 5065
 * section 5), an empty or cut one (RFC 7606 section 7.2), or AS number 0 (RFC 7607 section 2).
 */
export const decodeAsPath = (bytes: Uint8Array, width: 2 | 4): AsPath | undefined => {
  const reader = new ByteReader(bytes)
  const path: AsSegment[] = []
  while (reader.left > 0) {
    const type = reader.u8()
    const count = reader.u8()
    if ((type !== kinds.set && type !== kinds.sequence) || count === 0 || reader.left < count * width) return undefined
    const asns = Array.from({ length: count }, () => (width === 4 ? reader.u32() : reader.u16()))
    if (asns.includes(0)) return undefined
    path.push({ kind: type === kinds.set ? "set" : "sequence", asns })
  }
  return reader.whole ? path : undefined
}

/** Whether two bytes an AS number lose something, so that AS4_PATH has to go along (RFC 6793 section 4.2.2). */
export const needsFourOctets = (path: AsPath): boolean => path.some(({ asns }) => asns.some(asn => asn > 0xffff))

/** RFC 4271 section 9.1.2.2 a: a set counts as one. */
export const pathLength = (path: AsPath): number =>
  path.reduce((sum, { kind, asns }) => sum + (kind === "set" ? 1 : asns.length), 0)

/**
 * The path that an old speaker's AS_PATH and AS4_PATH mean together (RFC 6793 section 4.2.3): the longer AS_PATH's start, put before
 * AS4_PATH. Where AS4_PATH is the longer one it is ignored.
 */
export const mergePaths = (path: AsPath, four: AsPath): AsPath => {
  let missing = pathLength(path) - pathLength(four)
  if (missing < 0) return path
  const front: AsSegment[] = []
  for (const segment of path) {
    if (missing <= 0) break
    const asns = segment.kind === "set" ? segment.asns : segment.asns.slice(0, missing)
    missing -= segment.kind === "set" ? 1 : asns.length
    front.push({ kind: segment.kind, asns })
  }
  const last = front.at(-1)
  const [first, ...rest] = four
  if (last?.kind !== "sequence" || first?.kind !== "sequence" || last.asns.length + first.asns.length > 255)
    return [...front, ...four]
  return [...front.slice(0, -1), { kind: "sequence", asns: [...last.asns, ...first.asns] }, ...rest]
}

/** For people: "64512 64513 {64514 64515}". */
export const asPathText = (path: AsPath): string =>
  path.map(({ kind, asns }) => (kind === "set" ? `{${asns.join(" ")}}` : asns.join(" "))).join(" ")
