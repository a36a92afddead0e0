import { hash } from "node:crypto"
import type { Crypto } from "../core/crypto.ts"

/** What the core needs of OpenSSL. */
export const nodeCrypto: Crypto = {
  sha256: text => hash("sha256", text, "buffer"),
}
