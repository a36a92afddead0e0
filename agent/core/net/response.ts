import type { Address } from "../ip/address.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Mac } from "./mac.ts"

/** Announced on this interface, announced by this node on other interfaces only, or not announced. */
export type Whereabouts = "here" | "elsewhere" | "no"

/** What one frame calls for. */
export type Response = {
  /** The frame to send on the same interface; undefined where nothing is answered. */
  readonly reply: Uint8Array | undefined
  readonly reason: ReasonCode
  readonly facts: Facts
  readonly claim: Claim | undefined
}

/** Another station says that it has an address which this node announces (RFC 5227 section 2.4). */
export type Claim = { readonly address: Address; readonly mac: Mac }

export const drop = (reason: ReasonCode, facts: Facts, claim?: Claim): Response => ({
  reply: undefined,
  reason,
  facts,
  claim,
})
