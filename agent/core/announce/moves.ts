import { keyOf } from "../allocate/claim.ts"
import type { Crypto } from "../crypto.ts"
import { compareAddresses } from "../ip/address.ts"
import type { ObjectKey } from "../model.ts"
import type { Facts, Trace } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { ownerMemo, ownerOfAddress } from "./announcements.ts"
import type { AnnounceContext } from "./context.ts"

/** What a change of the cluster does to one address. */
export type Move = {
  readonly address: string
  /** Services that have it, older first. */
  readonly services: readonly ObjectKey[]
  /** Who announces it: by the speakers' own word where that is known, else as it is decided. undefined: nobody. */
  readonly now: string | undefined
  /** Who will. undefined: nobody. */
  readonly after: string | undefined
  /** Why the next one, or why nobody. */
  readonly reason: ReasonCode
  readonly facts: Facts
}

/**
 * The addresses that a change of the cluster moves, as the speakers will decide: their own function, before and after. By
 * address. One that somebody announces who is not the first in the order stays there, unless the order changes or forbids it.
 */
export const movesBetween = (before: AnnounceContext, after: AnnounceContext, crypto: Crypto): readonly Move[] => {
  const [ownerBefore, ownerAfter] = [ownerMemo(before, crypto), ownerMemo(after, crypto)]
  return [...before.holders]
    .toSorted(([, a], [, b]) => compareAddresses(a.address, b.address))
    .flatMap(([text, { address, services }]) => {
      const was = ownerOfAddress(address, before, ownerBefore).outcome
      const will = ownerOfAddress(address, after, ownerAfter).outcome
      const first = was.ok ? was.value.node : undefined
      const present = before.input.present?.get(text)
      const now = (was.ok ? [was.value.node, ...was.value.standby] : []).find(node => node === present) ?? first
      const next = will.ok ? will.value.node : undefined
      const stays = will.ok && next === first && will.value.standby.some(node => node === now)
      if (now === next || stays) return []
      const { reason, facts } = will.ok ? { reason: will.reason, facts: will.trace[0]?.facts ?? {} } : whyNobody(will)
      return [{ address: text, services: services.map(keyOf), now, after: next, reason, facts }]
    })
}

type Refusal = { readonly reason: ReasonCode; readonly facts: Facts; readonly trace: Trace }

/** The one reason that all nodes are turned down for, apart from those that are drained; else that there is none. */
const whyNobody = ({ reason, facts, trace }: Refusal): { readonly reason: ReasonCode; readonly facts: Facts } => {
  const others = trace.filter(step => step.reason !== "ML388")
  const [first] = others
  if (first === undefined) return trace[0] ?? { reason, facts }
  return others.every(step => step.reason === first.reason) ? first : { reason, facts }
}
