import { type Draft, laneAt, type Slot } from "./draft.ts"
import type { Link } from "./link.ts"
import type { Agreement } from "./negotiate.ts"

/**
 * RFC 4271 section 6.8: which of two connections has to go, now that an OPEN came on the one in `slot`; undefined where there is one
 * alone, or where the other has yet to hear who it talks to. What is established stays. Else the connection stays that the
 * speaker with the higher identifier opened, of equal ones that with the higher AS (RFC 6286 section 2.3); where the peer opened both, the
 * newer one.
 */
export const loserOf = (draft: Draft, slot: Slot, link: Link, { identifier, asn }: Agreement): Slot | undefined => {
  const other: Slot = slot === "main" ? "second" : "main"
  const lane = laneAt(draft, other)
  if (lane?.state === "Established") return slot
  if (lane?.state !== "OpenConfirm") return undefined
  if (lane.link.opener === link.opener) return other
  const mine = link.identifier === identifier ? draft.state.settings.asn > asn : link.identifier > identifier
  const kept: Link["opener"] = mine ? "us" : "peer"
  return link.opener === kept ? other : slot
}
