import type { PacketCrypto } from "../../crypto.ts"
import { decrypt, encrypt, encryptedLength } from "./cipher.ts"
import { compress, decompress } from "./compression.ts"
import { decodeStreamMessage } from "./decode.ts"
import { type Envelope, encrypts } from "./envelope.ts"
import { bad, good, type Read } from "./fault.ts"
import { labelHeader, sameBytes, splitLabel } from "./label.ts"
import { wireLimits } from "./limits.ts"
import { messageTypes, type StreamMessage } from "./message.ts"
import { bytesOfText, join } from "./msgpack-write.ts"

/*
 * label( encryption( compression( message )))      one message each way on a connection
 *
 * The encrypted form has a header of its own, which is authenticated together with the label:
 *  0        1                          5
 * +--------+--------------------------+--------//--------+
 * | 10     | length of the rest, u32  | encrypted        |
 * +--------+--------------------------+--------//--------+
 */
const header = 5

/** Whoever opened the connection puts the label in front; answers carry none. */
export type Side = "opener" | "answerer"

/** One message for a stream from its encoded form. */
export const sealStream = (message: Uint8Array, side: Side, envelope: Envelope, crypto: PacketCrypto): Uint8Array => {
  const packed = envelope.compression ? compress(message) : message
  const [key] = envelope.keys
  const hidden = key !== undefined && encrypts(envelope) ? encryptFrame(packed, key, envelope, crypto) : packed
  return side === "answerer" || envelope.label === "" ? hidden : join([labelHeader(envelope.label), hidden])
}

const encryptFrame = (message: Uint8Array, key: Uint8Array, envelope: Envelope, crypto: PacketCrypto): Uint8Array => {
  const length = encryptedLength(envelope.cipherVersion, message.length)
  const start = Uint8Array.of(messageTypes.encrypted, length >>> 24, length >>> 16, length >>> 8, length)
  const authenticated = join([start, bytesOfText(envelope.label)])
  return join([start, encrypt(crypto, envelope.cipherVersion, key, message, authenticated)])
}

/**
 * Reads the message that `sender` put on a connection from everything that has arrived. "truncated" asks for more bytes;
 * "stream-size" says that no more will be taken. Every other fault is final.
 */
export const openStream = (
  bytes: Uint8Array,
  sender: Side,
  envelope: Envelope,
  crypto: PacketCrypto,
): Read<StreamMessage> => {
  const body = removeLabel(bytes, sender, envelope)
  const plain = body.ok ? removeCipher(body.value, envelope, crypto) : body
  if (!plain.ok) return atMost(plain, bytes)
  const { message, whole } = plain.value
  const read = message[0] === messageTypes.compressed ? openCompressed(message) : decodeStreamMessage(message)
  return whole && !read.ok && read.fault === "truncated" ? bad("message-short") : atMost(read, bytes)
}

const openCompressed = (bytes: Uint8Array): Read<StreamMessage> => {
  const inside = decompress(bytes, wireLimits.streamUnpackedBytes)
  if (!inside.ok) return inside
  const read = decodeStreamMessage(inside.value)
  return !read.ok && read.fault === "truncated" ? bad("message-short") : read
}

/** A message that is still incomplete at the limit will not be read. */
const atMost = <T>(read: Read<T>, bytes: Uint8Array): Read<T> =>
  !read.ok && read.fault === "truncated" && bytes.length >= wireLimits.streamBytes ? bad("stream-size") : read

const removeLabel = (bytes: Uint8Array, sender: Side, envelope: Envelope): Read<Uint8Array> => {
  if (sender === "answerer") return good(bytes)
  if (bytes.length === 0) return bad("truncated")
  const split = splitLabel(bytes)
  if (!split.ok) return split
  return sameBytes(split.value.label, bytesOfText(envelope.label)) ? good(split.value.rest) : bad("label-mismatch")
}

/** `whole`: a frame told the length, so what is missing inside will not come. */
type Plain = { readonly message: Uint8Array; readonly whole: boolean }

const removeCipher = (bytes: Uint8Array, envelope: Envelope, crypto: PacketCrypto): Read<Plain> => {
  if (bytes.length === 0) return bad("truncated")
  const mustHide = envelope.keys.length > 0 && envelope.verifyIncoming
  if (bytes[0] !== messageTypes.encrypted)
    return mustHide ? bad("cipher-missing") : good({ message: bytes, whole: false })
  if (envelope.keys.length === 0) return bad("cipher-unexpected")
  if (bytes.length < header) return bad("truncated")
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)
  if (length > wireLimits.streamBytes - header) return bad("stream-size")
  if (bytes.length < header + length) return bad("truncated")
  const authenticated = join([bytes.subarray(0, header), bytesOfText(envelope.label)])
  const plain = decrypt(crypto, envelope.keys, bytes.subarray(header, header + length), authenticated)
  return plain.ok ? good({ message: plain.value, whole: true }) : plain
}
