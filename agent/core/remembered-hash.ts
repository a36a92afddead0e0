import type { Crypto } from "./crypto.ts"

/** Pairs of a thousand addresses and a dozen nodes fit; beyond that a hash costs what it cost before. */
const mostRemembered = 16_384

/**
 * The same hashes, each computed once. The order of layer 2 hashes every pair of address and node, and is asked for at each pass
 * over the services: with 300 of them on three nodes hashing was over a third of the time of the passes. BOUNDED: forgets all when `most`
 * are known. Callers share the bytes and leave them as they are.
 */
export const rememberingHashes = (crypto: Crypto, most = mostRemembered): Crypto => {
  const known = new Map<string, Uint8Array>()
  return {
    sha256: text => {
      const before = known.get(text)
      if (before !== undefined) return before
      if (known.size >= most) known.clear()
      const digest = crypto.sha256(text)
      known.set(text, digest)
      return digest
    },
  }
}
