/** The ones' complement sum of 16-bit words (RFC 1071), an odd last byte padded with zero, added to `start`. 0..0xffff. */
export const onesSum = (bytes: Uint8Array, start = 0): number => {
  let sum = start
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  // At most 2^15 words of 16 bits for the longest packet: one fold leaves a carry, the second none.
  sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return (sum & 0xffff) + (sum >>> 16)
}

/**
 * What an ICMPv6 message sums to together with its pseudo-header (RFC 4443 section 2.3, RFC 8200 section 8.1): 0xffff where its
 * checksum is right. `addresses` are the 32 bytes of source and destination.
 */
export const icmpv6Sum = (addresses: Uint8Array, message: Uint8Array): number =>
  onesSum(message, onesSum(addresses, message.length + 58))
