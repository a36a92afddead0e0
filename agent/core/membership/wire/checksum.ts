import type { PacketCrypto } from "../../crypto.ts"
import { bad, good, type Read } from "./fault.ts"
import { messageTypes } from "./message.ts"
import { join } from "./msgpack-write.ts"

/*
 *  0        1                          5
 * +--------+--------------------------+--------//--------+
 * | 12     | CRC-32 (IEEE), u32       | message          |
 * +--------+--------------------------+--------//--------+
 */
const header = 5

export const addChecksum = (message: Uint8Array, crypto: Pick<PacketCrypto, "crc32">): Uint8Array => {
  const sum = crypto.crc32(message)
  return join([Uint8Array.of(messageTypes.checksum, sum >>> 24, sum >>> 16, sum >>> 8, sum), message])
}

/** The message behind the checksum, or `bytes` as they are where there is none. */
export const removeChecksum = (bytes: Uint8Array, crypto: Pick<PacketCrypto, "crc32">): Read<Uint8Array> => {
  if (bytes[0] !== messageTypes.checksum) return good(bytes)
  if (bytes.length < header) return bad("truncated")
  const told = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)
  const message = bytes.subarray(header)
  return crypto.crc32(message) === told ? good(message) : bad("checksum")
}
