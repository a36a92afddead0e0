import { createHash } from "node:crypto"
import type { Crypto } from "../core/crypto.ts"

/** What the core needs of OpenSSL. */
export const nodeCrypto: Crypto = {
  sha256: text => createHash("sha256").update(text, "utf8").digest(),
}
