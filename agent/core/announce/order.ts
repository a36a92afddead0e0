import type { Crypto } from "../crypto.ts"

/**
 * The order of layer 2 owners, total and the same on every node: score descending, then the bytes of SHA-256 of
 * "<node>#<address>" ascending, then name. `address` is the canonical text of the service's first address, so that both
 * addresses of a dual-stack service have one owner.
 */
export const ordered = <T extends { readonly node: { readonly name: string }; readonly score: number }>(
  candidates: readonly T[],
  address: string,
  crypto: Crypto,
): readonly T[] =>
  candidates
    .map(candidate => ({ candidate, digest: crypto.sha256(`${candidate.node.name}#${address}`) }))
    .sort((a, b) => {
      const byScore = b.candidate.score - a.candidate.score
      if (byScore !== 0) return byScore
      return compareBytes(a.digest, b.digest) || compareText(a.candidate.node.name, b.candidate.node.name)
    })
    .map(({ candidate }) => candidate)

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let at = 0; at < a.length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
