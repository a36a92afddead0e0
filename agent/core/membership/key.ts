import type { Crypto } from "../crypto.ts"
import { join } from "./wire/msgpack-write.ts"

const keyBytes = 32

/**
 * The AES-256 key that MetalLB's speakers derive from the Secret: the first 32 bytes of the secret followed by the SHA-256
 * of nothing. It is not a hash of the secret, but both sides must have the same. The secret is taken as it is, a newline at
 * its end included. Undefined for an empty secret: traffic is then not encrypted.
 */
export const keyOfSecret = (secret: Uint8Array, crypto: Crypto): Uint8Array | undefined =>
  secret.length === 0 ? undefined : join([secret, crypto.sha256("")]).subarray(0, keyBytes)
