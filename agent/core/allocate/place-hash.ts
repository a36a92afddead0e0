/**
 * The place of a service in a pool with allocationOrder random: a number below `size`, the same for the same text whatever
 * else there is. Two 32-bit FNV-1a hashes of the UTF-16 units (offset bases 0x811c9dc5 and 0x9747b28c), each finished with
 * the mixing steps of MurmurHash3, make 64 bits h; the place is floor(h * size / 2^64). It only spreads services: whoever
 * picks names on purpose can make them meet, and then the next free number is taken.
 */
export const placeOf = (text: string, size: bigint): bigint => {
  const h = (BigInt(hash(text, 0x811c9dc5)) << 32n) | BigInt(hash(text, 0x9747b28c))
  return (h * size) >> 64n
}

const hash = (text: string, basis: number): number => {
  let h = basis
  for (let at = 0; at < text.length; at += 1) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
