import type { Seed } from "../../membership/random.ts"
import type { RouterFrame } from "../../ndp/router.ts"
import type { Mac } from "../../net/mac.ts"
import type { Facts } from "../../outcome.ts"
import type { ReasonCode } from "../../reasons.ts"
import type { Millis } from "../session/time.ts"

/**
 * How the two ends of an unnumbered BGP session find each other: each sends router advertisements (RFC 4861 section 6.2) and takes the
 * link-local address of the router that it hears. Ours have a router lifetime of 0 and no prefixes, so that no host of the
 * link takes this node for its default router or makes an address of it. One for each interface that a BGPPeer names, and none without.
 */
export type Greeter = {
  readonly interface: string
  readonly link: GreeterLink | undefined
  /** When the next advertisement and the next solicitation are due; undefined: never. */
  readonly adviseAt: Millis | undefined
  readonly solicitAt: Millis | undefined
  readonly advisedAt: Millis
  readonly solicited: number
  readonly router: Heard | undefined
  /** Another router that was told of while `router` is heard. BOUNDED: the last one. */
  readonly rival: bigint | undefined
  readonly seed: Seed
}

/** This node's end of the link. */
export type GreeterLink = {
  readonly mac: Mac
  /** The own link-local address. */
  readonly address: bigint
}

export type Heard = { readonly address: bigint; readonly at: Millis }

export type GreeterEvent =
  /** The interface as it is now; undefined while it is gone, down, or has no link-local address. */
  | { readonly kind: "link"; readonly link: GreeterLink | undefined }
  | { readonly kind: "heard"; readonly frame: RouterFrame }
  | { readonly kind: "tick" }

export type GreeterEffect =
  | { readonly kind: "send"; readonly frame: RouterFrame }
  /** Where the peer is from now on; undefined: nowhere. */
  | { readonly kind: "found"; readonly address: bigint | undefined; readonly reason: ReasonCode; readonly facts: Facts }
  /** Something that people should know and that changes nothing. */
  | { readonly kind: "told"; readonly reason: ReasonCode; readonly facts: Facts }

export type GreeterStep = {
  readonly next: Greeter
  readonly effects: readonly GreeterEffect[]
  /** When a tick is due; undefined: not at all. */
  readonly wakeAt: Millis | undefined
}

/** Between two advertisements, at the most; at the least three quarters of it (RFC 4861 section 6.2.1, MinRtrAdvInterval). */
export const adviseEvery: Millis = 10_000
/** RFC 4861 section 10: MIN_DELAY_BETWEEN_RAS and MAX_RA_DELAY_TIME. */
export const adviseApart: Millis = 3_000
export const answerWithin: Millis = 500
/** RFC 4861 section 10: MAX_RTR_SOLICITATIONS and RTR_SOLICITATION_INTERVAL. */
export const solicitations = 3
export const solicitEvery: Millis = 4_000
/** A router that was silent for so long gives way to another one. Until then the first stays: sessions do not move by a stray packet. */
export const silentAfter: Millis = 3 * adviseEvery

export const newGreeter = (name: string, seed: Seed): Greeter => ({
  interface: name,
  link: undefined,
  adviseAt: undefined,
  solicitAt: undefined,
  advisedAt: Number.NEGATIVE_INFINITY,
  solicited: 0,
  router: undefined,
  rival: undefined,
  seed,
})
