import type { PacketCrypto } from "../../crypto.ts"
import { bad, good, type Read } from "./fault.ts"
import { join } from "./msgpack-write.ts"

/*
 *  0        1                     13
 * +--------+---------------------+--------//--------+--------------+
 * | version| nonce, 12 bytes     | ciphertext       | tag, 16 bytes|
 * +--------+---------------------+--------//--------+--------------+
 * AES-GCM (NIST SP 800-38D) with a key of 16, 24 or 32 bytes. Version 0 pads the message to whole blocks (PKCS #7),
 * version 1 does not.
 */
export type CipherVersion = 0 | 1

const nonceBytes = 12
const tagBytes = 16
const blockBytes = 16
const frame = 1 + nonceBytes + tagBytes

/** Bytes that encryption adds at most. */
export const cipherOverhead = (version: CipherVersion): number => (version === 0 ? frame + blockBytes : frame)

/** The exact length of a message of `length` bytes once encrypted. */
export const encryptedLength = (version: CipherVersion, length: number): number =>
  frame + length + (version === 0 ? blockBytes - (length % blockBytes) : 0)

/** `authenticated` is not sent but must be the same on both sides. */
export const encrypt = (
  crypto: PacketCrypto,
  version: CipherVersion,
  key: Uint8Array,
  message: Uint8Array,
  authenticated: Uint8Array,
): Uint8Array => {
  const nonce = crypto.randomBytes(nonceBytes)
  const plain = version === 0 ? pad(message) : message
  return join([Uint8Array.of(version), nonce, crypto.seal(key, nonce, plain, authenticated)])
}

/** Tries every key, the first one first: during a rotation both the old and the new one are in use. */
export const decrypt = (
  crypto: PacketCrypto,
  keys: readonly Uint8Array[],
  bytes: Uint8Array,
  authenticated: Uint8Array,
): Read<Uint8Array> => {
  const version = bytes[0]
  if (version === undefined) return bad("cipher-short")
  if (version > 1) return bad("cipher-version")
  if (bytes.length < encryptedLength(version === 0 ? 0 : 1, 0)) return bad("cipher-short")
  const nonce = bytes.subarray(1, 1 + nonceBytes)
  const sealed = bytes.subarray(1 + nonceBytes)
  for (const key of keys) {
    const plain = crypto.open(key, nonce, sealed, authenticated)
    if (plain !== undefined) return version === 0 ? unpad(plain) : good(plain)
  }
  return bad("cipher-key")
}

const pad = (message: Uint8Array): Uint8Array => {
  const more = blockBytes - (message.length % blockBytes)
  return join([message, new Uint8Array(more).fill(more)])
}

/** `padded` has a block at least: shorter ones were refused before they were decrypted. */
const unpad = (padded: Uint8Array): Read<Uint8Array> => {
  const more = padded[padded.length - 1] ?? 0
  return more === 0 || more > blockBytes ? bad("cipher-padding") : good(padded.subarray(0, padded.length - more))
}
