import type { Address } from "../ip/address.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"

/** What looking for one address of one family in one pool came to. */
export type Found =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly reason: ReasonCode; readonly facts: Facts }
