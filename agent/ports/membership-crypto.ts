import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { crc32 } from "node:zlib"
import type { PacketCrypto } from "../core/crypto.ts"
import type { Addon } from "../native/addon.ts"

type GcmName = "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm"

const tagBytes = 16
const gcmNames: ReadonlyMap<number, GcmName> = new Map([
  [16, "aes-128-gcm"],
  [24, "aes-192-gcm"],
  [32, "aes-256-gcm"],
])

/** AES-GCM, CRC-32 and randomness of OpenSSL and zlib. */
export const membershipCrypto: PacketCrypto = {
  seal: (key, nonce, plain, authenticated) => {
    const cipher = createCipheriv(gcmName(key), key, nonce)
    cipher.setAAD(authenticated)
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  },
  open: (key, nonce, sealed, authenticated) => {
    if (sealed.length < tagBytes) return undefined
    const end = sealed.length - tagBytes
    const decipher = createDecipheriv(gcmName(key), key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(authenticated)
    decipher.setAuthTag(sealed.subarray(end))
    const plain = decipher.update(sealed.subarray(0, end))
    return tagFits(decipher) ? bare(plain) : undefined
  },
  crc32: bytes => crc32(bytes),
  randomBytes: length => takeRandom(length),
}

/** Asking for 12 bytes costs as much as asking for thousands. Each byte is given once. */
const stockBytes = 4096
let stock = new Uint8Array(0)

const takeRandom = (length: number): Uint8Array => {
  if (length > stock.length) stock = new Uint8Array(randomBytes(Math.max(length, stockBytes)))
  const taken = stock.slice(0, length)
  stock = stock.subarray(length)
  return taken
}

/** The same with AES-GCM in one call of the addon a packet. */
export const nativePacketCrypto = (addon: Pick<Addon, "gcmSeal" | "gcmOpen">): PacketCrypto => ({
  ...membershipCrypto,
  seal: (key, nonce, plain, authenticated) => addon.gcmSeal(key, nonce, plain, authenticated),
  open: (key, nonce, sealed, authenticated) => {
    const plain = addon.gcmOpen(key, nonce, sealed, authenticated)
    return plain && bare(plain)
  },
})

/** The same bytes without Buffer's own methods, some of which differ from what the core expects. */
const bare = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

const gcmName = (key: Uint8Array): GcmName => {
  const name = gcmNames.get(key.length)
  if (name === undefined) throw new RangeError(`membership key: 16, 24 or 32 bytes are allowed, ${key.length} given`)
  return name
}

/** A wrong tag is what every foreign packet has, so it is an answer here and no error. */
const tagFits = (decipher: { readonly final: () => Uint8Array }): boolean => {
  try {
    decipher.final()
    return true
  } catch {
    return false
  }
}
