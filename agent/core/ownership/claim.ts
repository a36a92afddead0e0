import type { NodeName } from "../detector/peer.ts"

/** One address that a speaker says it answers for. */
export type Claim = {
  readonly vip: string
  /** 16 hexadecimal digits, see `precedenceOf`. */
  readonly precedence: string
  /** It hands over as soon as somebody else speaks: it may not announce any longer, or has to look around first. */
  readonly weak: boolean
  /** Of a weak one: the process ends, its node goes on forwarding, and it is to be stood in for (stand-in.ts). */
  readonly restarts?: boolean
  /** The sender answers in the owner's name. Then `precedence` is `placeOfStandIn` of the owner's MAC. */
  readonly standIn?: boolean
}

/**
 * Where a node stands in the order of one VIP, as 16 hexadecimal digits that compare like the order itself: the higher score
 * first (0 to 65,535, beyond that equal), then the smaller hash. It depends on nothing that two halves of a partition could
 * see differently, apart from the configuration, so both halves agree on who yields when they meet again.
 */
export const precedenceOf = (score: number, digest: Uint8Array): string =>
  (0xffff - Math.min(Math.max(Math.trunc(score), 0), 0xffff)).toString(16).padStart(4, "0") +
  Array.from(digest.subarray(0, 6), byte => byte.toString(16).padStart(2, "0")).join("")

/** True where the first of two claimants of one VIP keeps it. A total order: names differ where all else is equal. */
export const beats = (
  a: { readonly node: NodeName; readonly precedence: string },
  b: { readonly node: NodeName; readonly precedence: string },
): boolean => (a.precedence === b.precedence ? a.node < b.node : a.precedence < b.precedence)

/** True where two claims of one VIP by one node say the same. */
export const sameClaim = (a: Omit<Claim, "vip">, b: Omit<Claim, "vip">): boolean =>
  a.weak === b.weak &&
  a.precedence === b.precedence &&
  (a.restarts === true) === (b.restarts === true) &&
  (a.standIn === true) === (b.standIn === true)
