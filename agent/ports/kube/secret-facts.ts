import { createHmac, randomBytes } from "node:crypto"
import { decodeSecretFacts } from "../../core/kube/decode-bgp.ts"
import type { Decoded } from "../../core/kube/decoded.ts"
import type { SecretFacts } from "../../core/model-bgp.ts"
import { fieldOf, textField } from "./objects.ts"

/** Of this process alone, so that a digest that gets about helps nobody to guess the password. */
const key = randomBytes(32)

/** A v1 Secret without its values, and a mark by which another password is told from the same one with another label. */
export const readSecretFacts = (json: unknown): Decoded<SecretFacts> => {
  const decoded = decodeSecretFacts(json)
  if (!decoded.ok) return decoded
  const password = textField(fieldOf(json, "data"), "password")
  const passwordDigest = createHmac("sha256", key).update(password).digest("hex").slice(0, 32)
  return { ...decoded, value: { ...decoded.value, passwordDigest } }
}
