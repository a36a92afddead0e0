import { createHash } from "node:crypto"
import type { Crypto } from "../../../agent/core/crypto.ts"
import { precedenceOf } from "../../../agent/core/ownership/claim.ts"

const digests = new Map<string, Uint8Array>()

/** SHA-256 with a memory: ten thousand schedules ask for the same few names. */
export const crypto: Crypto = {
  sha256: text => {
    const known = digests.get(text)
    if (known !== undefined) return known
    const digest = createHash("sha256").update(text, "utf8").digest()
    digests.set(text, digest)
    return digest
  },
}

export const precedence = (node: string, vip: string): string => precedenceOf(0, crypto.sha256(`${node}#${vip}`))

/** The nodes in the order of the VIP. */
export const ranked = (nodes: readonly string[], vip: string): readonly string[] =>
  [...nodes].sort((a, b) => (`${precedence(a, vip)} ${a}` < `${precedence(b, vip)} ${b}` ? -1 : 1))
