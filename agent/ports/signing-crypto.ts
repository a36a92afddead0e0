import { createHmac } from "node:crypto"
import type { SigningCrypto } from "../core/crypto.ts"

/** HMAC of OpenSSL. */
export const signingCrypto: SigningCrypto = {
  hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
}
