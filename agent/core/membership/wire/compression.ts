import { bad, type Read } from "./fault.ts"
import { Fields } from "./fields.ts"
import { lzwPack } from "./lzw-pack.ts"
import { lzwUnpack } from "./lzw-unpack.ts"
import { messageTypes } from "./message.ts"
import { join, writeMap } from "./msgpack-write.ts"

/** The one algorithm of the protocol. */
const lzw = 0

/** A compressed message around `bytes`. It may be longer than they are; packets then go without, streams never do. */
export const compress = (bytes: Uint8Array): Uint8Array =>
  join([
    Uint8Array.of(messageTypes.compressed),
    writeMap([
      ["Algo", lzw],
      ["Buf", lzwPack(bytes)],
    ]),
  ])

/** The message inside, at most `most` bytes. `bytes` starts at the type byte. */
export const decompress = (bytes: Uint8Array, most: number): Read<Uint8Array> => {
  const fields = new Fields(bytes, 1)
  const algorithm = fields.uint("Algo", 255)
  const packed = fields.bytes("Buf", bytes.length)
  if (fields.fault !== undefined) return bad(fields.fault)
  if (algorithm !== lzw) return bad("compression-algorithm")
  return lzwUnpack(packed, most)
}
