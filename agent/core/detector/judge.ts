import type { ReasonCode } from "../reasons.ts"
import type { GoneKind } from "./message.ts"

/** What the wire said within the time of asking. */
export type Evidence = {
  /** Who answered for one of the owner's VIPs; "none": it has no VIP here that nobody else holds. */
  readonly vip: "owner" | "other" | "silent" | "none"
  /** Whether the node's own address was answered (by its kernel); "unknown": no address is known on this link. */
  readonly node: "answers" | "silent" | "unknown"
  /** Anybody else was heard on the link just now. */
  readonly thirdParty: boolean
}

/** The code of each kind. */
export const goneReasons: Readonly<Record<GoneKind, ReasonCode>> = { speaker: "ML351", node: "ML352", process: "ML354" }

export type Verdict =
  | { readonly kind: "path-broken"; readonly reason: ReasonCode }
  | { readonly kind: "gone"; readonly gone: GoneKind }
  | { readonly kind: "cut-off"; readonly reason: ReasonCode }

/**
 * | the owner's VIP | the node's address | a third party | verdict                              |
 * |-----------------|--------------------|---------------|--------------------------------------|
 * | owner answers   | any                | any           | heartbeat path broken: nothing moves |
 * | else            | answers            | any           | speaker gone: the successor takes    |
 * | else            | silent or unknown  | heard         | node or cable dead: it takes         |
 * | else            | silent or unknown  | not heard     | cut off itself: takes nothing        |
 *
 * That another machine answers for the VIP is no sign of life of the owner.
 */
export const judge = ({ vip, node, thirdParty }: Evidence): Verdict => {
  if (vip === "owner") return { kind: "path-broken", reason: "ML350" }
  if (node === "answers") return { kind: "gone", gone: "speaker" }
  if (thirdParty) return { kind: "gone", gone: "node" }
  return { kind: "cut-off", reason: "ML353" }
}
